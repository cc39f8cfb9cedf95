/** The screen in React: what was seen of visits is kept here, for as long as the page is open. */

import { useSyncExternalStore } from "react";
import { storeNow } from "../api/live";
import { line } from "./store";
import { type Screen, screenOf, type Seen, seenAfter, UNSEEN } from "./screen";

const LOOK_EVERY_MS = 500; // ms; some screens end by time alone

let seen: Seen = UNSEEN;
let dismissed: string | null = null;
const listeners = new Set<() => void>();

line.subscribe(() => {
  const { snapshot } = line.state();
  if (snapshot !== null) seen = seenAfter(seen, snapshot);
});

function subscribe(listener: () => void): () => void {
  const off = line.subscribe(listener);
  const looking = setInterval(listener, LOOK_EVERY_MS);
  listeners.add(listener);
  return () => {
    off();
    clearInterval(looking);
    listeners.delete(listener);
  };
}

export function useScreen(): Screen {
  return useSyncExternalStore(subscribe, () => {
    const state = line.state();
    return screenOf(state.line, state.snapshot, seen, dismissed, storeNow(state, performance.now()));
  });
}

export const useSeen = (): Seen => useSyncExternalStore(subscribe, () => seen);

/** Put the end of the last visit away; the next one may come. */
export function dismiss(): void {
  dismissed = seen.visit;
  for (const listener of listeners) listener();
}
