/** What the catalogue calls each product. */

import { useMemo } from "react";
import { useSnapshot } from "../../api/use";

export function useNames(): ReadonlyMap<string, string> {
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  return useMemo(() => new Map(products.map(({ gtin, name }) => [gtin, name])), [products]);
}
