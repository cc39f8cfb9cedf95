/** What follows from what was typed, and from when on. */

import type { Product } from "../../api/goods";
import { useWords } from "../../words/use";
import { type Described, type DraftField, edited } from "./draft";

interface Props {
  differs: readonly DraftField[];
  /** As the form says, null while it cannot be read. */
  now: Described | null;
  product: Product | null;
  /** As it was when somebody opened the form. */
  began: Product | null;
  currency: string;
}

export function Means({ differs, now, product, began, currency }: Props) {
  const { t, money, list } = useWords();
  const meanwhile = product === null || began === null ? [] : edited(product, began);
  const receipts = differs.some((field) => field === "name" || field === "price" || field === "tax");
  return (
    <div role="status" className="product-means small">
      {product === null && differs.length > 0 && <p>{t("product.means.new")}</p>}
      {product !== null && now !== null && differs.includes("price") && (
        <p>
          <b className="figure">{t("product.means.price", { was: money(product.price_minor, currency), now: money(now.price_minor, currency) })}</b>
        </p>
      )}
      {product !== null && receipts && <p>{t("product.means.open")}</p>}
      {product !== null && product.learned_g !== null && differs.some((field) => field === "weight" || field === "spread") && <p>{t("product.means.weight")}</p>}
      {meanwhile.length > 0 && <p className="product-meanwhile">{t("product.meanwhile", { fields: list(meanwhile.map((field) => t(`product.${field}`))) })}</p>}
    </div>
  );
}
