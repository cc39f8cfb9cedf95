/** What people's devices and times are called. Pure. */

import type { Key } from "../../words/language";

/** "Firefox, Android": as coarse as somebody needs to know their own browser again; null where it does not say. */
export function deviceOf(agent: string): string | null {
  const browser = first(agent, [["Edg/", "Edge"], ["OPR/", "Opera"], ["SamsungBrowser/", "Samsung"], ["Firefox/", "Firefox"], ["FxiOS/", "Firefox"], ["CriOS/", "Chrome"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]);
  const system = first(agent, [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]]);
  const told = [browser, system].filter((one): one is string => one !== null);
  return told.length === 0 ? null : told.join(", ");
}

/** How long a token lasts: what can be chosen, in days; null: until it is revoked. */
export const LIVES: readonly (readonly [number | null, Key])[] = [
  [30, "token.life.30"],
  [365, "token.life.365"],
  [null, "token.life.ever"],
];

const first = (text: string, marks: readonly (readonly [string, string])[]): string | null => marks.find(([mark]) => text.includes(mark))?.[1] ?? null;
