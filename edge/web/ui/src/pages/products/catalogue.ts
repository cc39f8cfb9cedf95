/** The products as somebody looks for one: what is wanted of them, by which words, in which order. Pure. */

import type { FacingRow, Goods, Product } from "../../api/goods";

export const FILTERS = ["all", "short", "nowhere", "unweighed", "unseen"] as const;
export type Filter = (typeof FILTERS)[number];
export const ORDERS = ["name", "price", "weight", "units"] as const;
export type Order = (typeof ORDERS)[number];

/** One product with where it stands. `full`: units of all its facings; `photographs` null: there is no eye that could know it. */
export interface Offered {
  readonly product: Product;
  readonly facings: readonly FacingRow[];
  readonly full: number;
  readonly short: boolean;
  readonly photographs: number | null;
}

export function offered(goods: Goods, photographs: ReadonlyMap<string, number> | null): readonly Offered[] {
  return goods.products.map((product) => {
    const facings = goods.facings.filter(({ gtin }) => gtin === product.gtin);
    return {
      product,
      facings,
      full: facings.reduce((sum, { count }) => sum + count, 0),
      short: facings.some(({ units, short_below }) => units < short_below),
      photographs: photographs === null ? null : (photographs.get(product.gtin) ?? 0),
    };
  });
}

export function passes(one: Offered, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "short":
      return one.short;
    case "nowhere":
      return one.facings.length === 0;
    case "unweighed":
      return one.product.learned_g === null;
    case "unseen":
      return one.photographs === 0;
  }
}

/** Whether every word of `wanted` is in the name, the number, or the name of a plate. */
export function matches({ product, facings }: Offered, wanted: string): boolean {
  const text = [product.name, product.gtin, ...facings.map(({ plate }) => plate)].join(" ").toLocaleLowerCase();
  return wanted
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function inOrder(all: readonly Offered[], order: Order, down: boolean, language: string): readonly Offered[] {
  const names = new Intl.Collator(language, { numeric: true });
  const by = ({ product }: Offered): number => (order === "price" ? product.price_minor : order === "weight" ? product.unit_weight_g : product.units);
  const sorted = [...all].sort((one, other) => (order === "name" ? 0 : by(one) - by(other)) || names.compare(one.product.name, other.product.name));
  return down ? sorted.reverse() : sorted;
}
