/** What the cameras recognised in the latest visits, each with the way to its visit. */

import { type ReactNode, useMemo, useState } from "react";
import { Link } from "wouter";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Crops } from "../../parts/Picture";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { billOf } from "../visits/bill";
import { Guesses } from "../visits/Evidence";
import { refresh, useLedger } from "../visits/ledger";
import { useNames } from "../visits/useNames";
import { recentSights, type SightOfVisit } from "./recent";

const [FIRST, MOST] = [6, 30];

export function RecentSights() {
  const { t } = useWords();
  const { records, problem, before } = useLedger();
  const names = useNames();
  const [most, setMost] = useState(FIRST);
  const all = useMemo(() => recentSights(records.map((record) => billOf(record, names)), MOST), [records, names]);
  const sights = all.slice(0, most);
  let body: ReactNode;
  if (sights.length > 0) {
    body = (
      <>
        <ul className="recent">
          {sights.map((sight) => (
            <Recent key={`${sight.visit} ${sight.camera} ${sight.evidence} ${sight.atS}`} sight={sight} />
          ))}
        </ul>
        {all.length > most && (
          <p className="recent-more">
            <Button onClick={() => setMost(MOST)}>{t("recent.more")}</Button>
          </p>
        )}
      </>
    );
  } else if (problem !== null) body = <Failure problem={problem} onAgain={() => void refresh()} />;
  else if (before === undefined) body = <Loading rows={4} />;
  else body = <Empty icon="eye" title={t("recent.none.title")}>{t("recent.none.words")}</Empty>;
  return <Card title={t("recent.title")}>{body}</Card>;
}

function Recent({ sight }: { sight: SightOfVisit }) {
  const { t, moment, list } = useWords();
  const what = t(`direction.${sight.direction}`);
  return (
    <li className="recent-one">
      <Crops evidence={sight.evidence} alt={what} />
      <div className="recent-words">
        <p className="small">
          <b>{what}</b> <span className="quiet">{t("evidence.seenBy", { camera: sight.camera, plates: list(sight.plates) })}</span>
        </p>
        <Guesses guesses={sight.guesses} />
        {sight.barcode !== null && <p className="small">{t("evidence.barcode", { code: sight.barcode })}</p>}
        <p className="small recent-foot">
          <Link href={`/visits/${sight.visit}`}>{t("receipt.visit", { visit: sight.short })}</Link>
          {sight.atS !== null && <span className="quiet figure">{moment(sight.atS)}</span>}
          {!sight.told && <Badge>{t("recent.untold")}</Badge>}
        </p>
      </div>
    </li>
  );
}
