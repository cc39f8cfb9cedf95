/** Some acts want the password again. Whoever acts waits here, until somebody has given it or has not; many wait for one answer. */

import { useSyncExternalStore } from "react";

interface Waiting {
  readonly given: Promise<boolean>;
  readonly settle: (given: boolean) => void;
}

let waiting: Waiting | null = null;
const listeners = new Set<() => void>();

/** Asks for the password. Answers whether the store has taken it. */
export function stepUp(): Promise<boolean> {
  if (waiting === null) {
    let settle: (given: boolean) => void = () => undefined;
    const given = new Promise<boolean>((resolve) => (settle = resolve));
    waiting = { given, settle };
    tell();
  }
  return waiting.given;
}

/** Whoever waits goes on; `given`: the store has taken the password. */
export function answerStepUp(given: boolean): void {
  const now = waiting;
  waiting = null;
  tell();
  now?.settle(given);
}

/** Whether somebody waits for the password. */
export const useStepUp = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting !== null,
  );

function tell(): void {
  for (const listener of listeners) listener();
}
