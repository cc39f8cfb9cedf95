/** The chosen language in React, kept by the browser; its file is fetched when it is chosen. */

import { useSyncExternalStore } from "react";
import { bestLanguage, regional, type Words, wordsOf } from "./language";

const KEPT_AS = "smartstore.language";
const files = import.meta.glob<Readonly<Record<string, string>>>("../../../languages/*.json", { import: "default" });
const loaders = new Map(Object.entries(files).map(([path, load]) => [path.replace(/^.*\/|\.json$/g, ""), load]));
const listeners = new Set<() => void>();
let words: Words = wordsOf("en", {});

/** Tags of the languages that there are, English first. */
export const languages: readonly string[] = [...loaders.keys()].sort((one, other) => Number(other === "en") - Number(one === "en") || (one < other ? -1 : 1));

/** What a language calls itself. */
export const languageName = (tag: string): string => new Intl.DisplayNames(tag, { type: "language" }).of(tag) ?? tag;

export function useWords(): Words {
  return useSyncExternalStore(subscribe, () => words);
}

/** Take up `tag`; the page reads so from the next drawing on. `keep`: also when it is opened again. */
export async function speak(tag: string, keep = true): Promise<void> {
  const load = loaders.get(tag);
  if (load === undefined) return;
  words = wordsOf(tag, await load(), regional(tag, navigator.languages));
  document.documentElement.lang = tag;
  if (keep) remember(tag);
  for (const listener of listeners) listener();
}

/** The language to begin with: chosen here before, named in the address as ?language=, or the browser's. */
export function firstLanguage(): string {
  const asked = new URLSearchParams(location.search).get("language");
  return bestLanguage([asked, remembered(), ...navigator.languages].filter((tag): tag is string => tag !== null), languages);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function remember(tag: string): void {
  try {
    localStorage.setItem(KEPT_AS, tag);
  } catch {
    // a browser that keeps nothing: chosen for this page only
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}
