/** The visit that is under way: how far it is, and the basket as the plates see it now. */

import type { Phase, Visit } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Age, Money, Probability } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import "./running.css";

const STEPS = ["enter", "unlock", "shop", "weigh", "receipt"] as const;
const AT: Record<Phase, number> = {
  starting: -1,
  idle: -1,
  authorising: 0,
  unlocking: 1,
  waiting_for_opening: 1,
  open: 2,
  held_open: 2,
  closed: 3,
  settling: 3,
  receipt: 4,
  out_of_service: -1,
};

/** Nothing where nobody is inside: the top of the page says so already. */
export function RunningVisit() {
  const visit = useSnapshot((snapshot) => snapshot.visit);
  return visit === null ? null : <Running visit={visit} />;
}

function Running({ visit }: { visit: Visit }) {
  const { t, number, known, money } = useWords();
  const phase = useSnapshot((snapshot) => snapshot.cabinet.phase);
  const currency = useSnapshot((snapshot) => snapshot.currency);
  const billed = visit.role === "shopper";
  return (
    <Card
      title={t(`role.${visit.role}`)}
      aside={
        <>
          {visit.short} · <Age since={visit.since_s} />
        </>
      }
    >
      <ol className="steps" aria-label={t("running.steps")}>
        {STEPS.map((step, place) => (
          <li key={step} data-state={place < AT[phase] ? "done" : place === AT[phase] ? "now" : "next"} {...(place === AT[phase] ? { "aria-current": "step" as const } : {})}>
            {t(`running.${step}`)}
          </li>
        ))}
      </ol>
      {visit.hints.map((hint) => (
        <p key={`${hint.code} ${hint.plate}`} className="running-hint" role="status">
          <Icon name="warning" size={18} /> {known(`hint.${hint.code}`, hint.words)}
          {hint.plate === null ? "" : ` (${hint.plate})`}
        </p>
      ))}
      {visit.lines.length === 0 ? (
        <p className="quiet">{t(billed ? "running.nothing" : "running.staff")}</p>
      ) : (
        <ul className="basket">
          {visit.lines.map((line) => (
            <li key={line.gtin}>
              <span className="basket-count">{number(line.quantity)} ×</span>
              <span>{line.name}</span>
              <Probability value={line.probability} />
              <strong>
                <Money minor={line.total_minor} currency={currency} />
              </strong>
            </li>
          ))}
        </ul>
      )}
      {billed && (
        <p className="basket-total">
          <span>
            {t("running.total")}
            {visit.limit_minor !== null && <span className="quiet small"> · {t("running.limit", { limit: money(visit.limit_minor, currency) })}</span>}
          </span>
          <output aria-live="polite">
            <Money minor={visit.total_minor} currency={currency} />
          </output>
        </p>
      )}
    </Card>
  );
}
