/** The products as rows: figures one below the other on a wide screen, one card each on a narrow one. */

import { Link } from "wouter";
import { Badge } from "../../parts/Badge";
import { Money } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import type { Offered, Order } from "./catalogue";
import "../../parts/table.css";

interface Sorted {
  readonly by: Order;
  readonly down: boolean;
}

interface Props {
  rows: readonly Offered[];
  currency: string;
  order: Sorted;
  onOrder: (order: Sorted) => void;
}

export function ProductTable({ rows, currency, order, onOrder }: Props) {
  const { t } = useWords();
  const taught = rows.some(({ photographs }) => photographs !== null && photographs > 0);
  const head = (by: Order, end: boolean) => (
    <th scope="col" data-end={end} aria-sort={order.by !== by ? "none" : order.down ? "descending" : "ascending"}>
      <button type="button" className="products-order" onClick={() => onOrder({ by, down: order.by === by && !order.down })}>
        {t(`products.head.${by}`)}
        <Icon name={order.by === by && order.down ? "down" : "up"} size={14} />
      </button>
    </th>
  );
  return (
    <table className="table products">
      <caption className="unseen">{t("products.title")}</caption>
      <thead>
        <tr>
          {head("name", false)}
          {head("price", true)}
          {head("weight", true)}
          <th scope="col">{t("products.head.places")}</th>
          {head("units", true)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.product.gtin} row={row} currency={currency} unseen={taught && row.photographs === 0} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, currency, unseen }: { row: Offered; currency: string; unseen: boolean }) {
  const { t, number, exact, plural } = useWords();
  const { product, facings, full, short } = row;
  return (
    <tr>
      <th scope="row" className="products-what">
        <Link href={`/products/${product.gtin}`} className="products-link">
          {product.name}
        </Link>
        <span className="small quiet figure">{product.gtin}</span>
        <span className="products-notes">
          {product.warnings.includes("alike_weight") && <Badge tone="warn">{t("products.note.alike")}</Badge>}
          {unseen && <Badge tone="plain">{t("products.note.unseen")}</Badge>}
        </span>
      </th>
      <td data-end="true" className="products-price">
        <strong>
          <Money minor={product.price_minor} currency={currency} />
        </strong>
        <span className="small quiet figure">{t("products.tax", { rate: number(product.tax_bp / 100) })}</span>
      </td>
      <td data-end="true" className="products-weight">
        <span className="figure">{exact(product.unit_weight_g)}</span>
        <span className="small quiet figure">{product.learned_g === null ? t("products.unweighed") : t("products.weighed", { weight: exact(product.learned_g) })}</span>
      </td>
      <td className="products-places">
        {facings.length === 0 ? (
          <span className="quiet">{t("products.nowhere")}</span>
        ) : (
          <ul>
            {facings.map((facing) => (
              <li key={facing.plate} data-short={facing.units < facing.short_below}>
                {facing.plate}
              </li>
            ))}
          </ul>
        )}
      </td>
      <td data-end="true" className="products-units">
        {short && <Badge tone={product.units === 0 ? "bad" : "warn"}>{t(product.units === 0 ? "stock.soldOut" : "stock.short")}</Badge>}
        <span className="figure">{full === 0 ? plural("products.units", product.units) : t("stock.of", { units: number(product.units), full: number(full) })}</span>
      </td>
    </tr>
  );
}
