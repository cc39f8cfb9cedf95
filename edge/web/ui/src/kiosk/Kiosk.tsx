/** What the shopper reads at the door: what to do now, the basket as it grows, the receipt, a polite refusal. */

import { useLine, useSnapshot, useStoreNow } from "../api/use";
import { Money } from "../parts/Figures";
import { LanguageChoice } from "../shell/Choices";
import { useWords } from "../words/use";
import "./kiosk.css";

const REFUSAL_S = 20; // s; long enough to be read twice, gone before the next person comes

export function Kiosk() {
  const { t } = useWords();
  const known = useLine((state) => state.snapshot !== null);
  const cut = useLine((state) => state.line === "cut");
  return (
    <div className="kiosk">
      <header className="kiosk-top">
        <LanguageChoice />
      </header>
      <main className="kiosk-main">{known && !cut ? <Now /> : <p className="kiosk-cut" role="status">{t(cut ? "kiosk.cut" : "line.connecting")}</p>}</main>
    </div>
  );
}

function Now() {
  const { t } = useWords();
  const phase = useSnapshot((snapshot) => snapshot.cabinet.phase);
  return (
    <>
      <div className="kiosk-now" aria-live="polite" aria-atomic="true">
        <h1>{t(`kiosk.${phase}.title`)}</h1>
        <p>{t(`kiosk.${phase}.words`)}</p>
      </div>
      <Refusal />
      {phase === "receipt" ? <Bill /> : <Basket />}
    </>
  );
}

function Refusal() {
  const { known } = useWords();
  const refusal = useSnapshot((snapshot) => snapshot.refusal);
  const inside = useSnapshot((snapshot) => snapshot.visit !== null);
  const now = useStoreNow();
  if (refusal === null || inside || now - refusal.at_s > REFUSAL_S) return null;
  return (
    <p className="kiosk-refusal" role="alert">
      {known(`refusal.${refusal.code}`, refusal.words)}
    </p>
  );
}

function Basket() {
  const { t, known } = useWords();
  const visit = useSnapshot((snapshot) => snapshot.visit);
  if (visit === null || visit.role !== "shopper" || (visit.lines.length === 0 && visit.hints.length === 0)) return null;
  return (
    <section className="kiosk-basket" aria-label={t("kiosk.basket")}>
      {visit.hints.map((hint) => (
        <p key={hint.code} className="kiosk-refusal" role="status">
          {known(`hint.${hint.code}`, hint.words)}
        </p>
      ))}
      <Goods lines={visit.lines} total={visit.total_minor} />
    </section>
  );
}

function Bill() {
  const { t } = useWords();
  const newest = useSnapshot((snapshot) => snapshot.receipts[0]);
  const since = useSnapshot((snapshot) => snapshot.cabinet.since_s);
  const at = useSnapshot((snapshot) => snapshot.at_unix_s - snapshot.at_s);
  const own = newest !== undefined && newest.issued_unix_s !== null && newest.issued_unix_s - at >= since - 5;
  if (!own) return null;
  if (newest.lines.length === 0) return <p className="kiosk-note">{t("kiosk.nothing")}</p>;
  return (
    <section className="kiosk-basket">
      {newest.status === "provisional" && <p className="kiosk-note">{t("kiosk.review")}</p>}
      <Goods lines={newest.lines} total={newest.total_minor} />
    </section>
  );
}

function Goods({ lines, total }: { lines: readonly { gtin: string; name: string; quantity: number; total_minor: number }[]; total: number }) {
  const { t, number } = useWords();
  const currency = useSnapshot((snapshot) => snapshot.currency);
  return (
    <>
      <ul>
        {lines.map((line) => (
          <li key={line.gtin}>
            <span>
              {number(line.quantity)} × {line.name}
            </span>
            <Money minor={line.total_minor} currency={currency} />
          </li>
        ))}
      </ul>
      <p className="kiosk-total">
        <span>{t("kiosk.total")}</span>
        <output>
          <Money minor={total} currency={currency} />
        </output>
      </p>
    </>
  );
}
