/** What the store says is wrong with settings, by the key of the setting it is about; "" where it is about none. Pure. */

import type { Changed } from "../../api/goods";
import { keyOf } from "./edits";

export type Problems = ReadonlyMap<string, string>;

/** The first thing that is wrong with each setting. */
export function problemsOf(wrong: Changed["problems"]): Problems {
  const found = new Map<string, string>();
  for (const { section, number, field, words } of wrong) {
    const key = field === "" ? "" : keyOf({ section, row: number, field });
    found.set(key, found.has(key) ? `${found.get(key) ?? ""} ${words}` : words);
  }
  return found;
}
