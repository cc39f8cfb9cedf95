/** What is known of a product beside its description: its number, where it stands, how many of it there are. Whoever may not change it reads the
 * rest of it here, too. */

import { Link } from "wouter";
import type { Goods, Product } from "../../api/goods";
import { Facts } from "../../parts/Facts";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";

export function Known({ goods, product, photographs }: { goods: Goods; product: Product; photographs: ReadonlyMap<string, number> | null }) {
  const { t, number, list, plural, money, exact } = useWords();
  const changing = useMay()("goods");
  const plates = goods.facings.filter(({ gtin }) => gtin === product.gtin).map(({ plate }) => plate);
  const standsOn = plates.length === 0 ? t("products.nowhere") : list(plates);
  const seen = number(photographs?.get(product.gtin) ?? 0);
  return (
    <div className="product-known">
      <Facts
        rows={[
          [t("product.gtin"), <span className="figure">{product.gtin}</span>],
          [t("product.inStore"), plural("products.units", product.units)],
          [t("product.price"), changing ? null : money(product.price_minor, goods.currency)],
          [t("product.tax"), changing ? null : `${number(product.tax_bp / 100)} %`],
          [t("product.weight"), changing ? null : exact(product.unit_weight_g)],
          [t("products.head.places"), changing ? <Link href="/planogram">{standsOn}</Link> : standsOn],
          [t("product.photographs"), photographs === null ? null : changing ? <Link href={`/products/${product.gtin}/photographs`}>{seen}</Link> : seen],
        ]}
      />
    </div>
  );
}
