/** Everything that was told of a new product once more, with what it may be taken for, before it is saved. */

import { Link } from "wouter";
import { useTried } from "../../api/tried";
import { Facts } from "../../parts/Facts";
import { Picture } from "../../parts/Picture";
import { decimalsOf } from "../../words/typed";
import { useWords } from "../../words/use";
import { read } from "../products/draft";
import { Warnings } from "../products/Warnings";
import { Alikes } from "./Alikes";
import type { StepProps } from "./NewProductPage";
import { type Step, stepsOf } from "./steps";
import { useEnrolment } from "./useEnrolment";
import { usedOf } from "./views";

const FOLLOWS: readonly string[] = ["no_facing", "weight_by_catalogue_only", "proposal_waits"]; // a place comes next, and nothing was sold yet

export function CheckStep({ goods, begun, cameras }: StepProps) {
  const { t, money, exact, number, plural } = useWords();
  const told = read(begun.draft, decimalsOf(goods.currency));
  const product = "product" in told ? told.product : null;
  const query = product === null ? {} : { gtin: product.gtin, unit_weight_g: product.unit_weight_g, weight_sd_g: product.weight_sd_g ?? null, plate: begun.plate === "" ? null : begun.plate };
  const { value } = useEnrolment(begun.token, query);
  const said = useTried("/api/v1/products", product === null ? null : { version: goods.version, check: true, reason: t("product.reason.add"), product });
  const warnings = said?.accepted === true ? said.warnings.filter(({ code, products }) => !FOLLOWS.includes(code) && product !== null && products.includes(product.gtin)) : [];
  if (product === null) return null;
  const used = value?.views.filter((view) => view.used) ?? [];
  const rows: readonly (readonly [Step, string, string])[] = [
    ["code", t("product.gtin"), product.gtin],
    ["product", t("product.name"), product.name],
    ["product", t("product.price"), `${money(product.price_minor, goods.currency)} · ${t("products.tax", { rate: number(product.tax_bp / 100) })}`],
    ["weight", t("product.weight"), product.weight_sd_g == null ? exact(product.unit_weight_g) : `${exact(product.unit_weight_g)} ± ${exact(product.weight_sd_g)}`],
    ["photographs", t("enrol.step.photographs"), plural("enrol.photographs", usedOf(value?.views ?? []))],
  ];
  return (
    <>
      <Facts
        rows={rows
          .filter(([step]) => stepsOf(cameras).includes(step))
          .map(([step, what, told]) => [
            what,
            <span className="enrol-told">
              {told}
              <Link href={`/products/new/${step}`} className="small" aria-label={t("enrol.check.change", { what })}>
                {t("enrol.change")}
              </Link>
            </span>,
          ])}
      />
      {used.length > 0 && (
        <ul className="enrol-strip">
          {used.map((view, place) => (
            <li key={view.number}>
              <Picture name={view.picture} alt={t("enrol.view", { number: place + 1 })} />
            </li>
          ))}
        </ul>
      )}
      {cameras && <Alikes enrolment={value} />}
      <Warnings warnings={warnings} goods={goods} />
    </>
  );
}
