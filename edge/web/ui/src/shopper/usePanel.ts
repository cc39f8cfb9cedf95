/** The line to the controls of a simulated shopper: looks again and again, and does one act after the other. */

import { useCallback, useEffect, useRef, useState } from "react";
import type { ActResult, Said, ShopperAct, ShopperState } from "./panel";

const LOOK_EVERY_MS = 700; // ms; the simulated shopper's world changes by hand, so a calm pace is enough

export interface PanelLine {
  readonly state: ShopperState | null;
  /** The controls do not answer. */
  readonly lost: boolean;
  readonly said: Said | null;
  /** Acts asked for and not done: a quick second press waits for the first movement instead of being lost. */
  readonly waiting: number;
  readonly act: (what: ShopperAct) => void;
}

export function usePanel(address: string): PanelLine {
  const [state, setState] = useState<ShopperState | null>(null);
  const [lost, setLost] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  const [waiting, setWaiting] = useState(0);
  const row = useRef<Promise<void>>(Promise.resolve());
  const heard = useRef("");

  const look = useCallback(async (): Promise<void> => {
    try {
      const found = (await (await fetch(`${address}/state`)).json()) as ShopperState;
      setState(found);
      setLost(false);
      if (found.words !== heard.current) {
        heard.current = found.words;
        if (found.words !== "") setSaid({ code: found.code, words: found.words });
      }
    } catch {
      setLost(true);
    }
  }, [address]);

  useEffect(() => {
    void look();
    const looking = setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
    return () => clearInterval(looking);
  }, [look]);

  const act = useCallback(
    (what: ShopperAct): void => {
      setWaiting((now) => now + 1);
      row.current = row.current.then(async () => {
        try {
          const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what) };
          const answer = (await (await fetch(`${address}/act`, request)).json()) as ActResult;
          heard.current = answer.message;
          setSaid({ code: answer.code, words: answer.message });
        } catch {
          setLost(true);
        }
        setWaiting((now) => now - 1);
        await look();
      });
    },
    [address, look],
  );

  return { state, lost, said, waiting, act };
}
