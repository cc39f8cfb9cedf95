/** What is known of a product beside its description: its number, where it stands, how many of it there are. */

import { Link } from "wouter";
import type { Goods, Product } from "../../api/goods";
import { Facts } from "../../parts/Facts";
import { useWords } from "../../words/use";

export function Known({ goods, product, photographs }: { goods: Goods; product: Product; photographs: ReadonlyMap<string, number> | null }) {
  const { t, number, list, plural } = useWords();
  const plates = goods.facings.filter(({ gtin }) => gtin === product.gtin).map(({ plate }) => plate);
  return (
    <div className="product-known">
      <Facts
        rows={[
          [t("product.gtin"), <span className="figure">{product.gtin}</span>],
          [t("product.inStore"), plural("products.units", product.units)],
          [t("products.head.places"), <Link href="/planogram">{plates.length === 0 ? t("products.nowhere") : list(plates)}</Link>],
          [t("product.photographs"), photographs === null ? null : <Link href={`/products/${product.gtin}/photographs`}>{number(photographs.get(product.gtin) ?? 0)}</Link>],
        ]}
      />
    </div>
  );
}
