/** Some acts want the password again. Whoever acts waits here, until somebody has given it or has not; many wait for one answer. */

import { useSyncExternalStore } from "react";

interface Waiting {
  readonly given: Promise<boolean>;
  readonly answer: (given: boolean) => void;
}

let waiting: Waiting | null = null;
const listeners = new Set<() => void>();

/** Asks for the password. Answers whether the store has taken it. */
export function stepUp(): Promise<boolean> {
  if (waiting === null) {
    let resolve: (given: boolean) => void = () => undefined;
    const given = new Promise<boolean>((settle) => (resolve = settle));
    waiting = {
      given,
      answer: (yes) => {
        waiting = null;
        tell();
        resolve(yes);
      },
    };
    tell();
  }
  return waiting.given;
}

/** What somebody waits for, with the way to answer it; null where nobody waits. */
export const useStepUp = (): Waiting | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting,
  );

function tell(): void {
  for (const listener of listeners) listener();
}
