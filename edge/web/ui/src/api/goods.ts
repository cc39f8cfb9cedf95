/** What is sold and where it stands, kept fresh while a page shows it. */

import { useMemo } from "react";
import type { Got, Posted } from "./client";
import { type Answer, useGet, useSnapshot } from "./use";

export type Goods = Got<"/api/v1/goods">;
export type Product = Goods["products"][number];
export type FacingRow = Goods["facings"][number];
export type PlateRow = Goods["plates"][number];
export type Warned = Goods["warnings"][number];
/** What became of a change of goods or settings. */
export type Changed = Posted<"/api/v1/products">;

/** Asked again when the stock or the price list changes. */
export function useGoods(): Answer<Goods> {
  const stock = useSnapshot((snapshot) => snapshot.stock);
  const prices = useSnapshot((snapshot) => snapshot.price_version);
  const version = useMemo(() => ({ stock, prices }), [stock, prices]);
  return useGet("/api/v1/goods", {}, version);
}

/** How many photographs the eye knows each product by; null where there is no eye, or nobody can say. */
export function usePhotographs(): ReadonlyMap<string, number> | null {
  const watching = useSnapshot((snapshot) => snapshot.eye.condition !== "off");
  const gallery = useSnapshot((snapshot) => snapshot.eye.gallery);
  const { value } = useGet(watching ? "/api/v1/enrolments" : null, {}, gallery);
  return useMemo(() => (value === null ? null : new Map(value.enrolled.map(({ gtin, photographs }) => [gtin, photographs]))), [value]);
}
