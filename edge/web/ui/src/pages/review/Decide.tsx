/** The three decisions, each with what it does to the shopper's money before it is pressed. */

import { type ReactNode, useMemo, useRef, useState } from "react";
import { useMe } from "../../api/me";
import type { ReceiptRecord } from "../../api/store";
import { usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { FormProblem } from "../../parts/FormProblem";
import { Icon, type IconName } from "../../parts/Icon";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { changed, type Decision, type DraftLine, dueMinor, type Offer, offersOf, type Standing } from "./draft";
import { Lines } from "./Lines";

const LEAST_REASON = 3; // characters; the store refuses less
const REASONS = ["evidence", "shopper", "wrongProduct", "goodwill"] as const;
const MARKS: Record<Decision, IconName> = { confirmed: "check", corrected: "review", refunded: "back" };

interface Props {
  record: ReceiptRecord;
  standing: Standing;
  onDecided: () => void;
  onStale: () => void;
}

export function Decide({ record, standing, onDecided, onStale }: Props) {
  const { t, known, money } = useWords();
  const { send, busy, problem } = usePost("/api/v1/receipts/{visit}/review");
  const today = useToday();
  const offers = useMemo(() => offersOf(record, today), [record, today]);
  const [lines, setLines] = useState<readonly DraftLine[]>(standing.lines);
  const by = useMe()?.name ?? "";
  const [reason, setReason] = useState(t("reviews.reason.evidence"));
  const [asking, setAsking] = useState(false);
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const form = useRef<HTMLDivElement>(null);
  const { currency, visit } = record.receipt;
  const tooShort = reason.trim().length < LEAST_REASON;
  const edited = changed(standing.lines, lines);

  const words = (decision: Decision): string => {
    const due = dueMinor(decision, standing, lines);
    if (due > 0) return t("reviews.due.charge", { amount: money(due, currency) });
    if (due < 0) return t("reviews.due.refund", { amount: money(-due, currency) });
    return t(standing.chargedMinor === 0 ? "reviews.due.never" : "reviews.due.nothing");
  };
  const decide = async (decision: Decision): Promise<void> => {
    setTried(true);
    setRefused(null);
    if (tooShort) return form.current?.querySelector<HTMLInputElement>("[name=reason]")?.focus();
    const wanted = decision === "corrected" ? lines.map(({ gtin, quantity }) => ({ gtin, quantity })) : [];
    const said = await send({ revision: standing.revision + 1, decision, lines: wanted, reason: reason.trim() }, { visit });
    if (said === null) return;
    if (!said.accepted) {
      const told = known(`reviews.code.${said.code}`, said.words);
      if (said.code !== "stale") return setRefused(told);
      toast(told, "bad"); // this form is about what held before, and goes
      return onStale();
    }
    toast(`${t(`reviews.decision.${decision}`)}: ${words(decision)}`);
    onDecided();
  };

  return (
    <div className="decide" ref={form}>
      <Lines record={record} lines={lines} before={standing.lines} offers={offers} onChange={setLines} />
      {!asking && (
        <p className="decide-who small">
          <Icon name="person" size={16} /> {by} · {reason}
          <Button kind="quiet" onClick={() => setAsking(true)}>
            {t("reviews.whoElse")}
          </Button>
        </p>
      )}
      <div className="decide-form" hidden={!asking}>
        <div className="decide-reason">
          <Field
            label={t("reviews.reason")}
            name="reason"
            autoComplete="off"
            maxLength={200}
            required
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            problem={tried && tooShort ? t("service.reason.missing") : null}
          />
          <p className="row">
            {REASONS.map((one) => t(`reviews.reason.${one}`)).map((one) => (
              <button key={one} type="button" className="reading" aria-pressed={one === reason} onClick={() => setReason(one)}>
                {one}
              </button>
            ))}
          </p>
        </div>
      </div>
      <FormProblem problem={problem} words={refused} />
      <div className="decide-acts" role="group" aria-label={t("reviews.decide")}>
        <Act decision="confirmed" first={!edited} busy={busy} disabled={edited} due={words("confirmed")} onPress={decide}>
          {t(standing.revision === 0 && standing.chargedMinor === 0 ? "reviews.act.confirm" : "reviews.act.stands")}
        </Act>
        <Act decision="corrected" first={edited} busy={busy} disabled={!edited || lines.length === 0} due={edited && lines.length > 0 ? words("corrected") : t("reviews.act.correct.first")} onPress={decide}>
          {t("reviews.act.correct")}
        </Act>
        <Act decision="refunded" first={false} busy={busy} disabled={standing.revision > 0 && standing.totalMinor === 0} due={words("refunded")} onPress={decide}>
          {t(standing.chargedMinor === 0 ? "reviews.act.waive" : "reviews.act.refund")}
        </Act>
      </div>
    </div>
  );
}

interface ActProps {
  decision: Decision;
  first: boolean;
  busy: boolean;
  disabled: boolean;
  due: string;
  onPress: (decision: Decision) => Promise<void>;
  children: ReactNode;
}

function Act({ decision, first, busy, disabled, due, onPress, children }: ActProps) {
  return (
    <button type="button" className="act" data-kind={decision} data-first={first} disabled={disabled || busy} aria-busy={busy} onClick={() => void onPress(decision)}>
      <Icon name={MARKS[decision]} size={18} />
      <strong>{children}</strong>
      <span className="small">{due}</span>
    </button>
  );
}

/** The goods that stand on the shelves today, at today's prices. */
function useToday(): readonly Offer[] {
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const key = JSON.stringify(plates.flatMap(({ contents }) => contents.map(({ gtin, name, price_minor }) => [gtin, name, price_minor])));
  return useMemo(() => {
    const all = new Map((JSON.parse(key) as [string, string, number][]).map(([gtin, name, priceMinor]) => [gtin, { gtin, name, priceMinor }]));
    return [...all.values()].sort((one, other) => one.name.localeCompare(other.name));
  }, [key]);
}
