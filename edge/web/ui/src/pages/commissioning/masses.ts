/** Known masses as somebody types them: "1000", "500; 1000" or "0,5 1" are lists; grams. Pure. */

import { typed } from "../../words/typed";

export const MOST_MASSES = 3;

/** The masses in grams, rising; null where something cannot be read or there are none or too many. */
export function massesOf(text: string): readonly number[] | null {
  const parts = text.split(/[;/+]|\s(?=\d)/).map((part) => part.trim()).filter((part) => part !== "");
  const masses = parts.map((part) => typed(part.replace(/g$/i, ""), 1));
  if (masses.length === 0 || masses.length > MOST_MASSES) return null;
  const grams = masses.map((mass) => ("units" in mass ? mass.units / 10 : 0));
  return grams.every((mass) => mass > 0) ? [...new Set(grams)].sort((one, other) => one - other) : null;
}
