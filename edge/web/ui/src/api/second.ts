/** One clock for everything on a page that shows an age or a time that is left. */

import { useSyncExternalStore } from "react";

/** Draws again every second, while somebody can see it. */
export function useSecond(): void {
  useSyncExternalStore(everySecond, second);
}

const second = (): number => Math.floor(performance.now() / 1000);
const waiting = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function everySecond(listener: () => void): () => void {
  waiting.add(listener);
  ticking ??= setInterval(() => document.hidden || waiting.forEach((one) => one()), 1000);
  return () => {
    waiting.delete(listener);
    if (waiting.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}
