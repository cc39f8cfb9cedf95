/** Where plates stand in the picture of the shelf, by their names. Pure. */

export interface ShelfRow<T> {
  /** What the plates of this shelf have in common, "" where their names tell no rows. */
  readonly name: string;
  readonly plates: readonly T[];
}

/** Plates named letters and a number (`A1`, `A2`, `B1`) stand in rows by their letters, in the order of their numbers; others in one row as given. */
export function shelfRows<T extends { readonly plate: string }>(plates: readonly T[]): ShelfRow<T>[] {
  const placed = plates.map((plate) => ({ plate, place: /^(.*?)[-_. ]?(\d+)$/.exec(plate.plate) }));
  if (placed.some(({ place }) => place === null)) return plates.length === 0 ? [] : [{ name: "", plates }];
  const rows = new Map<string, { number: number; plate: T }[]>();
  for (const { plate, place } of placed) {
    const name = place?.[1] ?? "";
    const row = rows.get(name) ?? [];
    row.push({ number: Number(place?.[2]), plate });
    rows.set(name, row);
  }
  return [...rows]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, row]) => ({ name, plates: row.sort((one, other) => one.number - other.number).map(({ plate }) => plate) }));
}
