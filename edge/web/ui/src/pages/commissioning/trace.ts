/** Live weights as lines in a field of 100 x 100: seconds before now to the left, grams upwards. Pure. */

export const SHOWN_S = 8; // s; as many as the store keeps
const LEAST_SPAN_G = 20; // g; noise is not drawn as a mountain
const MARGIN = 6; // of the height, above and below

export interface Line {
  readonly name: string;
  readonly path: string;
  readonly nowG: number | null;
  readonly lowestG: number;
  readonly highestG: number;
}

type Points = readonly (readonly number[])[];

/** The line of one plate; every line has its own height, since a press on one says nothing on another's scale. */
export function lineOf(name: string, points: Points): Line {
  const grams = points.map(([, value]) => value ?? 0);
  const nowG = grams.at(-1) ?? null;
  const middle = grams.length === 0 ? 0 : (Math.min(...grams) + Math.max(...grams)) / 2;
  const half = Math.max(LEAST_SPAN_G, grams.length === 0 ? 0 : Math.max(...grams) - Math.min(...grams)) / 2;
  const down = (value: number): number => round(MARGIN + ((middle + half - value) / (2 * half)) * (100 - 2 * MARGIN));
  const across = (seconds: number): number => round(Math.max(0, 100 + (seconds / SHOWN_S) * 100));
  const path = points.map(([seconds = 0, value = 0], place) => `${place === 0 ? "M" : "L"}${across(seconds)} ${down(value)}`).join("");
  return { name, path, nowG, lowestG: middle - half, highestG: middle + half };
}

const round = (value: number): number => Math.round(value * 10) / 10;
