/** A restock round: what to bring, plate by plate in the order of the shelf, and what has been put there. Pure. */

import type { StockRow } from "../../api/store";

export interface Goods {
  readonly gtin: string;
  readonly name: string;
  readonly units: number;
  readonly full: number;
  readonly eachG: number;
}

export interface Stop {
  readonly plate: string;
  readonly goods: readonly Goods[];
}

export interface Bring {
  readonly gtin: string;
  readonly name: string;
  readonly units: number;
}

/** Every product with fewer units than its places hold, the one that lacks most first. */
export function bringList(rows: readonly StockRow[]): readonly Bring[] {
  return rows
    .map((row) => ({ gtin: row.gtin, name: row.name, units: row.places.reduce((sum, place) => sum + Math.max(0, place.full_units - place.units), 0) }))
    .filter((one) => one.units > 0)
    .sort((one, other) => other.units - one.units || (one.name < other.name ? -1 : 1));
}

/** What belongs on each of `plates`, in their order; plates without goods are left out. */
export function stops(rows: readonly StockRow[], plates: readonly string[]): readonly Stop[] {
  const on = (plate: string): Goods[] =>
    rows.flatMap((row) =>
      row.places
        .filter((place) => place.plate === plate)
        .map((place) => ({ gtin: row.gtin, name: row.name, units: place.units, full: place.full_units, eachG: row.learned_g ?? row.catalogue_g })),
    );
  return plates.map((plate) => ({ plate, goods: on(plate) })).filter((stop) => stop.goods.length > 0);
}

/** Units that `changeG` grams are, where only one product stands there and the number is nearly whole; null where nobody can tell. */
export function putOf(stop: Stop, changeG: number): number | null {
  const [only, ...others] = stop.goods;
  if (only === undefined || others.length > 0 || only.eachG <= 0) return null;
  const pieces = changeG / only.eachG;
  return Math.abs(pieces - Math.round(pieces)) <= NEARLY ? Math.round(pieces) : null;
}

const NEARLY = 0.25; // of a piece; a hand on the plate is further off
