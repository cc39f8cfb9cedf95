/** What has changed in the basket since it was last told, for those who listen. Pure. */

export interface Line {
  readonly gtin: string;
  readonly name: string;
  readonly quantity: number;
}

export interface News {
  readonly taken: readonly Line[];
  readonly back: readonly Line[];
}

/** `quantity` of the answer's lines: how many more, or how many fewer. Null where nothing changed. */
export function basketNews(before: readonly Line[], now: readonly Line[]): News | null {
  const quantity = (lines: readonly Line[], gtin: string): number => lines.find((line) => line.gtin === gtin)?.quantity ?? 0;
  const more = (lines: readonly Line[], others: readonly Line[]): readonly Line[] =>
    lines
      .map((line) => ({ gtin: line.gtin, name: line.name, quantity: line.quantity - quantity(others, line.gtin) }))
      .filter((line) => line.quantity > 0);
  const taken = more(now, before);
  const back = more(before, now);
  return taken.length + back.length === 0 ? null : { taken, back };
}
