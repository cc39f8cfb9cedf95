/** What people have decided about a receipt since it was issued: the last decision is what holds. Nothing where nobody has. */

import { Link } from "wouter";
import type { ReceiptRecord } from "../../api/store";
import { Badge, type Tone } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Money } from "../../parts/Figures";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import type { Decision } from "./draft";
import "./revisions.css";

const TONES: Record<Decision, Tone> = { confirmed: "good", corrected: "note", refunded: "plain" };

/** `change`: with a way to decide about it for who may, also where nobody has yet. */
export function Revisions({ record, change: wanted = false }: { record: ReceiptRecord; change?: boolean }) {
  const { t, plural, date, money, number } = useWords();
  const change = useMay()("review") && wanted;
  const revisions = record.revisions ?? [];
  const way = (
    <Link href={`/review/${record.receipt.visit}`} className="revisions-change">
      {t(record.outcome === "review" ? "revisions.review" : "revisions.change")}
    </Link>
  );
  if (revisions.length === 0) return change ? way : null;
  const { currency, total_minor: original } = record.receipt;
  return (
    <Card title={t("revisions.title")} aside={plural("revisions.count", revisions.length)}>
      <ol className="revisions">
        <li>
          <p className="revisions-head">
            <Badge icon={null}>{t("revisions.original")}</Badge>
            <strong>
              <Money minor={original} currency={currency} />
            </strong>
          </p>
          <p className="quiet small">{t(record.receipt.status === "final" ? "revisions.wasFinal" : "revisions.wasProvisional")}</p>
        </li>
        {revisions.map(({ revision, reviewed_unix_s, sent }) => (
          <li key={revision.revision}>
            <p className="revisions-head">
              <Badge tone={TONES[revision.decision]}>{t(`reviews.decision.${revision.decision}`)}</Badge>
              <strong>
                <Money minor={revision.total_minor} currency={currency} />
              </strong>
            </p>
            {revision.decision === "corrected" && (
              <p className="small">{revision.lines.map((line) => `${number(line.quantity)} × ${line.name}`).join(" · ")}</p>
            )}
            <p className="small">
              {revision.due_minor === 0
                ? t("revisions.nothing")
                : t(revision.due_minor > 0 ? "revisions.charged" : "revisions.refunded", { amount: money(Math.abs(revision.due_minor), currency) })}
            </p>
            <p className="quiet small">
              {t("revisions.by", { who: revision.by, when: date(reviewed_unix_s) })} · {revision.reason} · {t(sent ? "receipt.sent" : "receipt.waiting")}
            </p>
          </li>
        ))}
      </ol>
      {change && way}
    </Card>
  );
}
