/** Warnings about goods in the reader's words. Pure. */

import type { Goods, Warned } from "../../api/goods";
import type { Words } from "../../words/language";

/** One sentence; the store's own where nobody knows the code. */
export function told(warning: Pick<Warned, "code" | "products" | "units" | "plates" | "words">, goods: Pick<Goods, "products">, { t, number, list }: Words): string {
  const names = warning.products.map((gtin) => goods.products.find((one) => one.gtin === gtin)?.name ?? gtin);
  const of = (place: number): string => `${number(warning.units[place] ?? 1)} × ${names[place] ?? ""}`;
  switch (warning.code) {
    case "alike_weight":
      return t("goods.warn.alike_weight", { one: of(0), other: of(1), plates: list(warning.plates) });
    case "no_facing":
    case "weight_by_catalogue_only":
      return t(`goods.warn.${warning.code}`, { product: names[0] ?? "" });
    case "proposal_waits":
      return t("goods.warn.proposal_waits");
    default:
      return (warning as Warned).words;
  }
}
