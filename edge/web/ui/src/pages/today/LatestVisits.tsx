/** The last few visits, and the way to all of them. */

import { useMemo } from "react";
import { Link } from "wouter";
import { Card } from "../../parts/Card";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { billOf } from "../visits/bill";
import { BillRow } from "../visits/BillRow";
import { refresh, useLedger } from "../visits/ledger";
import { useNames } from "../visits/useNames";
import "./latest.css";

const SHOWN = 6;

export function LatestVisits() {
  const { t } = useWords();
  const { records, problem, before } = useLedger();
  const names = useNames();
  const bills = useMemo(() => records.slice(0, SHOWN).map((record) => billOf(record, names)), [records, names]);
  return (
    <Card
      flush
      className="today-latest"
      title={t("latest.title")}
      aside={
        <Link className="latest-all" href="/visits">
          {t("latest.all")}
        </Link>
      }
    >
      {bills.length > 0 ? (
        <ul>
          {bills.map((bill) => (
            <BillRow key={bill.visit} bill={bill} />
          ))}
        </ul>
      ) : problem !== null ? (
        <Failure problem={problem} onAgain={() => void refresh()} />
      ) : before === undefined ? (
        <Loading rows={4} />
      ) : (
        <Empty icon="receipt" title={t("visits.none.title")}>
          {t("visits.none.words")}
        </Empty>
      )}
    </Card>
  );
}
