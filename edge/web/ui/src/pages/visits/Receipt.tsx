/** A receipt as a modern till prints it. */

import { useSnapshot } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Money, Probability } from "../../parts/Figures";
import { useWords } from "../../words/use";
import type { Bill } from "./bill";
import { BillBadge } from "./BillBadge";
import "./receipt.css";

const DOUBTFUL = 0.95; // probability below which a line says so; the evidence below says it of every line

export function Receipt({ bill }: { bill: Bill }) {
  const words = useWords();
  const { t, known } = words;
  const store = useSnapshot((snapshot) => snapshot.name);
  return (
    <article className="receipt" aria-label={t("receipt.label", { visit: bill.short })}>
      <header className="receipt-head">
        <p className="receipt-store">{store}</p>
        <p className="quiet small">
          {bill.issuedS === null ? t("receipt.undated") : words.date(bill.issuedS)} · {t("receipt.visit", { visit: bill.short })}
        </p>
      </header>
      {bill.lines.length === 0 ? (
        <p className="receipt-empty quiet">{t("visits.nothing")}</p>
      ) : (
        <ul className="receipt-lines">
          {bill.lines.map((line) => (
            <li key={line.gtin}>
              <span className="receipt-name balanced">{line.name}</span>
              <span className="receipt-amount">
                <Money minor={line.totalMinor} currency={bill.currency} />
              </span>
              <span className="quiet small figure">
                {words.number(line.quantity)} × <Money minor={line.unitPriceMinor} currency={bill.currency} />
              </span>
              {line.probability < DOUBTFUL && (
                <span className="receipt-sure">
                  <Probability value={line.probability} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className="receipt-total">
        <span>{t("receipt.total")}</span>
        <Money minor={bill.totalMinor} currency={bill.currency} />
      </p>
      {bill.taxes.length > 0 && (
        <ul className="receipt-taxes quiet small">
          {bill.taxes.map(({ basisPoints, minor }) => (
            <li key={basisPoints}>
              <span>{t("receipt.tax", { rate: words.number(basisPoints / 100) })}</span>
              <Money minor={minor} currency={bill.currency} />
            </li>
          ))}
        </ul>
      )}
      <footer className="receipt-foot">
        <BillBadge outcome={bill.outcome} />
        <Badge tone={bill.sent ? "plain" : "note"} icon={bill.sent ? "cloud" : "cloudOff"}>
          {t(bill.sent ? "receipt.sent" : "receipt.waiting")}
        </Badge>
        {bill.tookS !== null && <span className="quiet small">{t("receipt.took", { seconds: words.number(Math.round(bill.tookS * 10) / 10) })}</span>}
        {bill.probability !== null && (
          <span className="receipt-whole quiet small">
            {t("receipt.whole")} <Probability value={bill.probability} />
          </span>
        )}
      </footer>
      {bill.reasons.length > 0 && (
        <div className="receipt-why" data-tone="warn">
          <p className="label">{t("receipt.why")}</p>
          <ul>
            {bill.reasons.map((reason) => (
              <li key={reason}>{known(`review.${reason}`, reason)}</li>
            ))}
          </ul>
        </div>
      )}
      {bill.notes.map((note) => (
        <p key={note} className="receipt-why small">
          {known(`note.${note}`, note)}
        </p>
      ))}
    </article>
  );
}
