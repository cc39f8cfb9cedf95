/** One visit in a list: when, what, how it ended, how much. */

import { Link } from "wouter";
import { Icon } from "../../parts/Icon";
import { Money } from "../../parts/Figures";
import { useWords } from "../../words/use";
import { type Bill, piecesOf } from "./bill";
import { BillBadge } from "./BillBadge";
import "./bill-row.css";

export function BillRow({ bill, chosen = false }: { bill: Bill; chosen?: boolean }) {
  const { t, plural, time, list } = useWords();
  const goods = bill.lines.length === 0 ? t("visits.nothing") : list(bill.lines.map((line) => (line.quantity === 1 ? line.name : `${line.quantity} × ${line.name}`)));
  return (
    <li>
      <Link href={`/visits/${bill.visit}`} className="bill-row" {...(chosen ? { "aria-current": "true" as const } : {})}>
        <span className="bill-time figure">{bill.issuedS === null ? "–" : time(bill.issuedS)}</span>
        <span className="bill-goods">
          <span className="bill-names">{goods}</span>
          <span className="bill-about quiet small">
            {bill.lines.length > 0 && `${plural("visits.pieces", piecesOf(bill))} · `}
            {bill.short}
          </span>
        </span>
        <span className="bill-sum">
          {bill.lines.length > 0 && (
            <strong>
              <Money minor={bill.holdsMinor} currency={bill.currency} />
            </strong>
          )}
          <BillBadge outcome={bill.outcome} />
        </span>
        <Icon name="forward" size={16} />
      </Link>
    </li>
  );
}
