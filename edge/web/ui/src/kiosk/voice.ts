/** Reading aloud, off until somebody asks for it, in the chosen language by a voice of this machine. */

import { useSyncExternalStore } from "react";

interface Voice {
  readonly lang: string;
  readonly localService: boolean;
  readonly default: boolean;
}

/** The voice that speaks `language`: the exact region first, one of this machine before one of the network. Pure. */
export function voiceFor<V extends Voice>(voices: readonly V[], language: string): V | null {
  const [base] = language.toLowerCase().split("-");
  const score = (voice: V): number => {
    const tag = voice.lang.toLowerCase().replace("_", "-");
    if (tag.split("-")[0] !== base) return -1;
    return Number(tag === language.toLowerCase()) * 4 + Number(voice.localService) * 2 + Number(voice.default);
  };
  const [best] = [...voices].sort((one, other) => score(other) - score(one));
  return best !== undefined && score(best) >= 0 ? best : null;
}

const speech = (): SpeechSynthesis | null => ("speechSynthesis" in window ? window.speechSynthesis : null);

/** The voices of this machine; browsers learn of them some time after the page began. */
export function useVoices(): readonly SpeechSynthesisVoice[] {
  return useSyncExternalStore(
    (listener) => {
      speech()?.addEventListener("voiceschanged", listener);
      return () => speech()?.removeEventListener("voiceschanged", listener);
    },
    voices,
  );
}

let last: readonly SpeechSynthesisVoice[] = [];

/** The same list as long as it holds the same voices. */
function voices(): readonly SpeechSynthesisVoice[] {
  const now = speech()?.getVoices() ?? [];
  if (now.length !== last.length || now.some((voice, place) => voice !== last[place])) last = now;
  return last;
}

/** Say `text`, in place of what is being said. */
export function say(text: string, voice: SpeechSynthesisVoice): void {
  const told = new SpeechSynthesisUtterance(text);
  told.voice = voice;
  told.lang = voice.lang;
  speech()?.cancel();
  speech()?.speak(told);
}

export const hush = (): void => speech()?.cancel();
