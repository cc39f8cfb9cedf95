/** All visits with a receipt, newest first, and one of them in full with what speaks for it. */

import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useParams } from "wouter";
import { useGet, useSnapshot } from "../../api/use";
import { BackToList, Beside } from "../../parts/Beside";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { KeepVisit } from "../recordings/KeepVisit";
import { type Bill, billOf } from "./bill";
import { BillRow } from "./BillRow";
import { Revisions } from "../review/Revisions";
import { Receipt } from "./Receipt";
import { Evidence } from "./Evidence";
import { older, refresh, useLedger } from "./ledger";
import { useNames } from "./useNames";
import "./visits.css";

type Wanted = "all" | "review" | "billed";
const WANTED: readonly Wanted[] = ["all", "review", "billed"];

export default function VisitsPage() {
  const { visit } = useParams<{ visit?: string }>();
  const { t } = useWords();
  const [wanted, setWanted] = useState<Wanted>("all");
  const options = WANTED.map((value) => ({ value, words: t(`visits.show.${value}`) }));
  return (
    <Page title={t("visits.title")} actions={<Choice silent label={t("visits.show")} options={options} value={wanted} onChoose={setWanted} />}>
      <Beside
        className="visits"
        list={<VisitList wanted={wanted} chosen={visit} />}
        one={visit === undefined ? null : <VisitDetail key={visit} visit={visit} />}
        none={<Empty icon="receipt" title={t("visits.choose")} />}
      />
    </Page>
  );
}

function VisitList({ wanted, chosen }: { wanted: Wanted; chosen: string | undefined }) {
  const { t } = useWords();
  const ledger = useLedger();
  const names = useNames();
  const bills = useMemo(() => ledger.records.map((record) => billOf(record, names)), [ledger.records, names]);
  const shown = wanted === "all" ? bills : bills.filter((bill) => bill.outcome === wanted);
  let body: ReactNode;
  if (shown.length > 0) body = <Days bills={shown} chosen={chosen} />;
  else if (ledger.problem !== null) body = <Failure problem={ledger.problem} onAgain={() => void refresh()} />;
  else if (ledger.before === undefined) body = <Loading rows={6} />;
  else body = <Empty icon="receipt" title={t(wanted === "all" ? "visits.none.title" : "visits.none.such")}>{t("visits.none.words")}</Empty>;
  return (
    <Card flush className="beside-list">
      {body}
      {shown.length > 0 && ledger.problem !== null && <Failure problem={ledger.problem} onAgain={() => void refresh()} />}
      {typeof ledger.before === "string" && (
        <p className="visits-older">
          <Button busy={ledger.loading} onClick={() => void older()}>
            {t("visits.older")}
          </Button>
        </p>
      )}
    </Card>
  );
}

function Days({ bills, chosen }: { bills: readonly Bill[]; chosen: string | undefined }) {
  const { t, day } = useWords();
  const nowS = useSnapshot((snapshot) => Math.floor(snapshot.at_unix_s / 600)) * 600;
  const days: { name: string; bills: Bill[] }[] = [];
  for (const bill of bills) {
    const name = bill.issuedS === null ? t("visits.undated") : day(bill.issuedS, nowS);
    const last = days.at(-1);
    if (last?.name === name) last.bills.push(bill);
    else days.push({ name, bills: [bill] });
  }
  return days.map(({ name, bills: own }) => (
    <section key={name} aria-label={name}>
      <h2 className="visits-day label">{name}</h2>
      <ul>
        {own.map((bill) => (
          <BillRow key={bill.visit} bill={bill} chosen={bill.visit === chosen} />
        ))}
      </ul>
    </section>
  ));
}

function VisitDetail({ visit }: { visit: string }) {
  const { t } = useWords();
  const names = useNames();
  const confirmed = useSnapshot((snapshot) => snapshot.cloud.confirmed_total);
  const { value, problem, again } = useGet("/api/v1/receipts/{visit}", { path: { visit } }, confirmed);
  const bill = useMemo(() => (value === null ? null : billOf(value, names)), [value, names]);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (matchMedia("(max-width: 1099px)").matches) window.scrollTo(0, 0);
    own.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="visits-detail beside-still" ref={own} tabIndex={0} role="region" aria-label={t("visits.detail")}>
      <BackToList href="/visits">{t("visits.back")}</BackToList>
      {bill !== null && value !== null ? (
        <>
          <Receipt bill={bill} />
          <Revisions record={value} change />
          <Evidence bill={bill} />
          <KeepVisit visit={bill.visit} />
        </>
      ) : (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      )}
    </div>
  );
}
