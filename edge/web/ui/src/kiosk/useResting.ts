/** Whether nobody has touched the free screen for long; sends a guest's choices home when they have gone. */

import { useEffect, useRef, useState } from "react";
import { freshGuest } from "./guest";
import { HOME_AFTER_S, REST_AFTER_S } from "./rest";
import { isEnding, isFree, type Screen } from "./screen";

const LOOK_EVERY_MS = 1000;

export function useResting(screen: Screen): boolean {
  const [resting, setResting] = useState(false);
  const touchedAt = useRef(performance.now());
  const before = useRef(screen);
  const free = isFree(screen);

  useEffect(() => {
    const touched = (): void => {
      touchedAt.current = performance.now();
      setResting((was) => {
        if (was) freshGuest();
        return false;
      });
    };
    addEventListener("pointerdown", touched, true);
    addEventListener("keydown", touched, true);
    return () => {
      removeEventListener("pointerdown", touched, true);
      removeEventListener("keydown", touched, true);
    };
  }, []);

  useEffect(() => {
    if (isEnding(before.current) && free) freshGuest();
    before.current = screen;
    touchedAt.current = performance.now();
    setResting(false);
  }, [screen, free]);

  useEffect(() => {
    if (!free) return;
    const looking = setInterval(() => {
      const untouchedS = (performance.now() - touchedAt.current) / 1000;
      if (untouchedS >= HOME_AFTER_S && untouchedS < REST_AFTER_S) freshGuest();
      if (untouchedS >= REST_AFTER_S) setResting(true);
    }, LOOK_EVERY_MS);
    return () => clearInterval(looking);
  }, [free]);

  return resting && free;
}
