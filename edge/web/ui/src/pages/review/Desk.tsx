/** One receipt to decide about: why it waits, its lines, the three decisions, and the evidence beside them. */

import { useEffect, useMemo, useRef } from "react";
import type { ReceiptRecord } from "../../api/store";
import { useGet, useSnapshot } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { billOf } from "../visits/bill";
import { Evidence } from "../visits/Evidence";
import { useNames } from "../visits/useNames";
import { Decide } from "./Decide";
import { standingOf } from "./draft";
import { Revisions } from "./Revisions";

export function Desk({ visit, onDecided }: { visit: string; onDecided: () => void }) {
  const { t } = useWords();
  const stored = useSnapshot((snapshot) => snapshot.cloud.stored_total);
  const { value, problem, again } = useGet("/api/v1/receipts/{visit}", { path: { visit } }, stored);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (matchMedia("(max-width: 1099px)").matches) window.scrollTo(0, 0);
    own.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="desk" ref={own} tabIndex={-1} role="region" aria-label={t("reviews.desk", { visit: visit.slice(-6) })}>
      {value === null ? <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card> : <Opened record={value} onDecided={onDecided} onStale={again} />}
    </div>
  );
}

function Opened({ record, onDecided, onStale }: { record: ReceiptRecord; onDecided: () => void; onStale: () => void }) {
  const { t, known, date } = useWords();
  const names = useNames();
  const bill = useMemo(() => billOf(record, names), [record, names]);
  const standing = useMemo(() => standingOf(record), [record]);
  const open = record.outcome === "review";
  return (
    <>
      <div className="desk-acts">
        <Card
          title={record.issued_unix_s === null ? t("receipt.visit", { visit: bill.short }) : date(record.issued_unix_s)}
          aside={<Badge tone={open ? "warn" : "plain"}>{t(open ? "reviews.unpaid" : standing.revision > 0 ? "reviews.decided" : "reviews.charged")}</Badge>}
        >
          {open && bill.reasons.length > 0 && (
            <ul className="desk-why">
              {bill.reasons.map((reason) => (
                <li key={reason}>{known(`review.${reason}`, reason)}</li>
              ))}
            </ul>
          )}
          <Decide key={standing.revision} record={record} standing={standing} onDecided={onDecided} onStale={onStale} />
        </Card>
        <Revisions record={record} />
      </div>
      <div className="desk-evidence">
        <Evidence bill={bill} />
      </div>
    </>
  );
}
