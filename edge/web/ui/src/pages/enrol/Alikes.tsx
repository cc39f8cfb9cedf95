/** What a product may be taken for in this shop, the worst first, each with what to do about it. */

import { Badge } from "../../parts/Badge";
import { useWords } from "../../words/use";
import { type Alike, type Enrolment, oneIn } from "./views";

/** `enrolment` null: there are no photographs. */
export function Alikes({ enrolment }: { enrolment: Enrolment | null }) {
  const { t } = useWords();
  const alike = enrolment?.conflicts ?? [];
  const seen = enrolment !== null && enrolment.views.some((view) => view.used);
  return (
    <section className="enrol-alike" aria-label={t("enrol.check.alike")}>
      <h3 className="label">{t("enrol.check.alike")}</h3>
      {alike.length > 0 ? (
        <ul>
          {alike.map((one) => (
            <li key={`${one.code} ${one.gtin}`} data-severity={one.severity}>
              <Badge tone={one.severity === "conflict" ? "bad" : "note"}>{t(one.severity === "conflict" ? "enrol.conflict" : "enrol.note")}</Badge> <Told alike={one} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="small">
          <Badge tone="good">{t("enrol.view.good")}</Badge> {t("enrol.check.clear")}
        </p>
      )}
      {alike.length === 0 && seen && enrolment.looks_most_like !== "" && <p className="small quiet">{t("enrol.check.nearest", { product: enrolment.looks_most_like })}</p>}
      {!seen && <p className="small quiet">{t("enrol.check.unseen")}</p>}
    </section>
  );
}

function Told({ alike }: { alike: Alike }) {
  const { t, exact, list, number, percent } = useWords();
  const grams = alike.grams === null ? "" : list(alike.grams.map(exact));
  const share = alike.mistaken === null ? "" : alike.mistaken < 0.45 ? `1 / ${number(oneIn(alike.mistaken))}` : percent(alike.mistaken);
  return <span>{t(`enrol.alike.${alike.code}`, { product: alike.name, grams, plates: list(alike.near), share })}</span>;
}
