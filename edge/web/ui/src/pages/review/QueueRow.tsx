/** One receipt in the list: since when it waits, what is on it, why it waits, or what was decided. */

import { Link } from "wouter";
import type { ReceiptRecord } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Money } from "../../parts/Figures";
import { useWords } from "../../words/use";
import { standingOf } from "./draft";

export function QueueRow({ record, chosen }: { record: ReceiptRecord; chosen: boolean }) {
  const { t, known, list, day, time } = useWords();
  const nowS = useSnapshot((snapshot) => Math.floor(snapshot.at_unix_s / 600)) * 600;
  const { lines, totalMinor } = standingOf(record);
  const last = record.revisions?.at(-1)?.revision;
  const goods = lines.length === 0 ? t("visits.nothing") : list(lines.map((line) => (line.quantity === 1 ? line.name : `${line.quantity} × ${line.name}`)));
  const [reason] = record.receipt.review_reasons;
  const issuedS = record.issued_unix_s;
  return (
    <li>
      <Link href={`/review/${record.receipt.visit}`} className="queue-row" {...(chosen ? { "aria-current": "true" as const } : {})}>
        <span className="queue-when quiet small">{issuedS === null ? t("visits.undated") : `${day(issuedS, nowS)}, ${time(issuedS)}`}</span>
        <strong className="queue-sum">
          <Money minor={totalMinor} currency={record.receipt.currency} />
        </strong>
        <span className="queue-goods">{goods}</span>
        <span className="queue-why small quiet">
          {last !== undefined ? <Badge tone="good">{t(`reviews.decision.${last.decision}`)}</Badge> : reason === undefined ? null : known(`review.${reason}`, reason)}
        </span>
      </Link>
    </li>
  );
}
