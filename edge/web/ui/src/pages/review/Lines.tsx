/** The lines of a receipt as they are to be: more or less of each, another product in its place, one more product. */

import { Button } from "../../parts/Button";
import { Money } from "../../parts/Figures";
import { useWords } from "../../words/use";
import type { ReceiptRecord } from "../../api/store";
import { type DraftLine, MOST_UNITS, type Offer, readingsOf, reread, totalOf, withQuantity } from "./draft";

interface Props {
  record: ReceiptRecord;
  lines: readonly DraftLine[];
  before: readonly DraftLine[];
  offers: readonly Offer[];
  onChange: (lines: readonly DraftLine[]) => void;
}

export function Lines({ record, lines, before, offers, onChange }: Props) {
  const { t, number, percent } = useWords();
  const { currency } = record.receipt;
  const gone = before.filter((line) => !lines.some((one) => one.gtin === line.gtin));
  const free = offers.filter((offer) => !lines.some((line) => line.gtin === offer.gtin));
  const nameOf = (gtin: string): string => offers.find((offer) => offer.gtin === gtin)?.name ?? gtin;
  return (
    <div className="lines">
      {lines.length === 0 && <p className="lines-none quiet">{t("visits.nothing")}</p>}
      <ul>
        {lines.map((line) => {
          const was = before.find((one) => one.gtin === line.gtin)?.quantity ?? 0;
          const readings = readingsOf(record, line.gtin).filter((one) => (one.gtin === null ? one.quantity !== line.quantity : offers.some(({ gtin }) => gtin === one.gtin)));
          return (
            <li key={line.gtin} data-changed={was !== line.quantity}>
              <span className="lines-name">
                {line.name}
                {was !== line.quantity && <span className="lines-was small">{was === 0 ? t("reviews.added") : t("reviews.was", { count: number(was) })}</span>}
              </span>
              <span className="lines-step" role="group" aria-label={t("reviews.quantity", { product: line.name })}>
                <Button aria-label={t("reviews.less", { product: line.name })} onClick={() => onChange(withQuantity(lines, line, line.quantity - 1))}>
                  −
                </Button>
                <output aria-live="polite" className="figure">
                  {number(line.quantity)}
                </output>
                <Button aria-label={t("reviews.more", { product: line.name })} disabled={line.quantity >= MOST_UNITS} onClick={() => onChange(withQuantity(lines, line, line.quantity + 1))}>
                  +
                </Button>
              </span>
              <span className="lines-sum">
                <Money minor={line.priceMinor * line.quantity} currency={currency} />
              </span>
              {readings.length > 0 && (
                <span className="lines-readings">
                  <span className="label">{t("reviews.orElse")}</span>
                  {readings.map((one) => (
                    <button key={`${one.gtin ?? ""} ${one.quantity}`} type="button" className="reading" onClick={() => onChange(reread(lines, line.gtin, one, offers))}>
                      {one.gtin === null && one.quantity === 0 ? t("evidence.noneOfIt") : `${number(one.quantity)} × ${one.gtin === null ? "" : nameOf(one.gtin)}`}
                      <span className="quiet">{percent(one.probability)}</span>
                    </button>
                  ))}
                </span>
              )}
            </li>
          );
        })}
        {gone.map((line) => (
          <li key={line.gtin} data-changed="true" data-gone="true">
            <span className="lines-name">
              <s>{line.name}</s> <span className="lines-was small">{t("reviews.was", { count: number(line.quantity) })}</span>
            </span>
            <Button className="lines-back" onClick={() => onChange(withQuantity(lines, line, line.quantity))}>
              {t("reviews.putBack")}
            </Button>
          </li>
        ))}
      </ul>
      {free.length > 0 && (
        <div className="field lines-add">
          <select aria-label={t("reviews.add")} value="" onChange={({ target }) => free.filter(({ gtin }) => gtin === target.value).forEach((offer) => onChange(withQuantity(lines, offer, 1)))}>
            <option value="">{t("reviews.add")}</option>
            {free.map((offer) => (
              <option key={offer.gtin} value={offer.gtin}>
                {offer.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <p className="lines-total" aria-live="polite">
        <span>{t("receipt.total")}</span>
        <Money minor={totalOf(lines)} currency={currency} />
      </p>
    </div>
  );
}
