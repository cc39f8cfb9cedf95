/** The stock as somebody with a box of goods in hand reads it: what is short first. Pure. */

import type { StockRow } from "../../api/store";

/** `none`: sold out. `nowhere`: in the catalogue, and on no plate. */
export type Level = "none" | "short" | "stray" | "well" | "nowhere";
export type Wanted = "all" | "short" | "stray";

const RANK: Record<Level, number> = { none: 0, short: 1, stray: 2, well: 3, nowhere: 4 };

export function levelOf(row: StockRow): Level {
  if (row.places.length === 0) return "nowhere";
  if (row.short) return row.units <= 0 ? "none" : "short";
  return row.misplaced > 0 ? "stray" : "well";
}

/** Shortages first, the emptiest before the others; then what stands in a wrong place; then the rest as the catalogue has them. */
export function inOrder(rows: readonly StockRow[]): StockRow[] {
  return [...rows].sort((one, other) => {
    const level = levelOf(one);
    const rank = RANK[level] - RANK[levelOf(other)];
    return rank !== 0 || RANK[level] > RANK.short ? rank : share(one) - share(other);
  });
}

/** A product may be both short and misplaced. */
export function matches(row: StockRow, wanted: Wanted): boolean {
  return wanted === "all" || (wanted === "short" ? row.short : row.misplaced > 0);
}

export interface StockSums {
  readonly units: number;
  readonly full: number;
  readonly short: number;
  readonly stray: number;
}

/** Units of all goods, of full shelves; products that are short; units that stand where they do not belong. */
export function sumsOf(rows: readonly StockRow[]): StockSums {
  const sum = (of: (row: StockRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return { units: sum((row) => row.units), full: sum((row) => row.full_units), short: rows.filter((row) => row.short).length, stray: sum((row) => row.misplaced) };
}

/** The number of units below which some facing of this product is short. */
export const leastOf = (row: StockRow): number => row.places.reduce((sum, place) => sum + place.min_units, 0);

/** How many pieces of `eachG` grams come nearest to `grams`; 0 where it is less than half a piece, or nobody knows a weight. */
export function piecesIn(grams: number | null, eachG: number): number {
  return grams === null || eachG <= 0 ? 0 : Math.round(Math.abs(grams) / eachG);
}

/** Whether a weighed piece is so far from its catalogue that a miscount is likelier than another recipe. */
export const farFrom = (weighedG: number, catalogueG: number): boolean => catalogueG > 0 && Math.abs(weighedG / catalogueG - 1) > FAR;

const FAR = 0.15; // of the catalogue's weight; makers keep theirs within a few percent
const share = (row: StockRow): number => (row.full_units <= 0 ? 0 : row.units / row.full_units);
