/** What the person in front of the screen has chosen: language, large print, a voice. Nobody's choice outlives their visit. */

import { useSyncExternalStore } from "react";
import { firstLanguage, speak } from "../words/use";
import { hush } from "./voice";

export interface Guest {
  readonly large: boolean;
  readonly voice: boolean;
  /** A language was chosen by hand. */
  readonly spoken: boolean;
}

const NOBODY: Guest = { large: false, voice: false, spoken: false };
const listeners = new Set<() => void>();
const home = firstLanguage();
let guest: Guest = NOBODY;

export function useGuest(): Guest {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => guest,
  );
}

export function chooseLanguage(tag: string): void {
  change({ ...guest, spoken: tag !== home });
  void speak(tag, false);
}

export const choosePrint = (large: boolean): void => change({ ...guest, large });

export function chooseVoice(voice: boolean): void {
  if (!voice) hush();
  change({ ...guest, voice });
}

/** The next one finds the screen as the shop has set it. */
export function freshGuest(): void {
  if (guest.voice) hush();
  change(NOBODY);
  if (document.documentElement.lang !== home) void speak(home, false);
}

function change(next: Guest): void {
  guest = next;
  for (const listener of listeners) listener();
}
