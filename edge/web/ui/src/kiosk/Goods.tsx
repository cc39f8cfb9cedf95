/** Goods line by line and their sum, in large type; scrolls where they are many, the sum stays in sight. */

import { useLine } from "./store";
import { useWords } from "../words/use";

interface Line {
  readonly gtin: string;
  readonly name: string;
  readonly quantity: number;
  readonly total_minor: number;
}

export function Goods({ label, lines, total, limit = null }: { label: string; lines: readonly Line[]; total: number; limit?: number | null }) {
  const { t, number, money } = useWords();
  const currency = useLine(({ snapshot }) => snapshot?.currency ?? "");
  return (
    <div className="kiosk-sheet">
      <ul className="kiosk-goods" aria-label={label} tabIndex={0}>
        {lines.map((line) => (
          <li key={line.gtin}>
            <span className="kiosk-count">{number(line.quantity)} ×</span>
            <span>{line.name}</span>
            <span className="figure">{money(line.total_minor, currency)}</span>
          </li>
        ))}
      </ul>
      <p className="kiosk-total">
        <span>
          {t("kiosk.total")}
          {limit !== null && <small> {t("kiosk.limit", { limit: money(limit, currency) })}</small>}
        </span>
        <span className="figure">{money(total, currency)}</span>
      </p>
    </div>
  );
}
