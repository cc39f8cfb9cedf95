/** A restock round: what to bring, what has been put where while the door is open, and what was counted at the end. */

import { useEffect, useRef, useState } from "react";
import type { Snapshot } from "../../api/store";
import { useLine, useSnapshot } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { shelfRows } from "../shelf/planogram";
import { Recount } from "../stock/Recount";
import { CountDialog, type Counting } from "./CountDialog";
import { bringList, putOf, type Stop, stops } from "./round";
import "./restock.css";

export default function RestockPage() {
  const { t } = useWords();
  const role = useSnapshot((snapshot) => snapshot.visit?.role ?? null);
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const cut = useLine((state) => state.line === "cut");
  const [counting, setCounting] = useState<Counting | null>(null);
  const order = shelfRows(plates).flatMap((row) => row.plates.map((plate) => plate.plate));
  const round = stops(products, order);
  const staff = role !== null && role !== "shopper";
  const before = useWeightsBefore(staff);
  return (
    <Page
      title={t("restock.title")}
      actions={
        <Button className="restock-print" onClick={() => window.print()}>
          {t("restock.print")}
        </Button>
      }
    >
      <Now role={role} />
      {!staff && <BringCard />}
      <Card title={t("restock.round")} flush>
        {round.length === 0 ? (
          <Empty icon="grid" title={t("stock.none.title")}>
            {t("stock.none.words")}
          </Empty>
        ) : (
          <ol className="restock" aria-label={t("restock.round")}>
            {round.map((stop) => (
              <StopRow key={stop.plate} stop={stop} beforeG={before?.[stop.plate] ?? null} onCount={staff || role === "shopper" || cut ? null : setCounting} />
            ))}
          </ol>
        )}
      </Card>
      <Hints />
      {!staff && <Recount />}
      {counting !== null && <CountDialog counting={counting} onClose={() => setCounting(null)} />}
    </Page>
  );
}

/** What somebody with a box in their hands does now. */
function Now({ role }: { role: NonNullable<Snapshot["visit"]>["role"] | null }) {
  const { t } = useWords();
  const said = role === null ? "wait" : role === "shopper" ? "shopper" : "now";
  return (
    <p className="restock-now" role="status" data-said={said}>
      <Icon name={said === "now" ? "stock" : said === "shopper" ? "person" : "locked"} size={20} /> {t(`restock.${said}`)}
    </p>
  );
}

function BringCard() {
  const { t, number } = useWords();
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  const bring = bringList(products);
  return (
    <Card title={t("restock.bring")} flush>
      {bring.length === 0 ? (
        <Empty calm title={t("restock.bring.none")} />
      ) : (
        <ul className="restock-bring" aria-label={t("restock.bring")}>
          {bring.map((one) => (
            <li key={one.gtin}>
              <strong className="figure">{number(one.units)} ×</strong> {one.name}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

interface StopProps {
  stop: Stop;
  beforeG: number | null;
  onCount: ((counting: Counting) => void) | null;
}

function StopRow({ stop, beforeG, onCount }: StopProps) {
  const { t, number } = useWords();
  return (
    <li className="restock-stop">
      <b className="restock-plate">{stop.plate}</b>
      <ul className="restock-goods">
        {stop.goods.map((one) => (
          <li key={one.gtin}>
            <span className="restock-name">{one.name}</span>
            <span className="figure">{one.full === 0 ? t("restock.stray", { units: number(one.units) }) : t("stock.of", { units: number(one.units), full: number(one.full) })}</span>
            {one.full > one.units && <Badge tone="warn">{t("restock.lacks", { units: number(one.full - one.units) })}</Badge>}
            {onCount !== null && (
              <Button kind="quiet" aria-haspopup="dialog" aria-label={t("restock.count.which", { what: one.name, plate: stop.plate })} onClick={() => onCount({ plate: stop.plate, gtin: one.gtin, name: one.name, units: one.units })}>
                {t("restock.count")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {beforeG !== null && <Put stop={stop} beforeG={beforeG} />}
    </li>
  );
}

/** What has come onto the plate since the visit was first seen here. */
function Put({ stop, beforeG }: { stop: Stop; beforeG: number }) {
  const { t, change, plural } = useWords();
  const nowG = useSnapshot((snapshot) => snapshot.plates.find((one) => one.plate === stop.plate)?.grams ?? null);
  const resting = useSnapshot((snapshot) => snapshot.plates.find((one) => one.plate === stop.plate)?.condition === "stable");
  if (nowG === null || Math.abs(nowG - beforeG) < SEEN_G) return null;
  const put = resting ? putOf(stop, nowG - beforeG) : null;
  return (
    <p className="restock-put" role="status">
      <Icon name={resting ? "check" : "moving"} size={16} /> {put === null || put === 0 ? change(nowG - beforeG) : put > 0 ? plural("restock.put", put) : plural("restock.taken", -put)}{" "}
      {put !== null && <span className="quiet small">{t("restock.about", { grams: change(nowG - beforeG) })}</span>}
    </p>
  );
}

function Hints() {
  const { known } = useWords();
  const hints = useSnapshot((snapshot) => snapshot.visit?.hints ?? NO_HINTS);
  if (hints.length === 0) return null;
  return (
    <ul className="restock-hints">
      {hints.map((hint) => (
        <li key={`${hint.code} ${hint.plate}`}>
          <Icon name="notice" size={16} /> {known(`hint.${hint.code}`, hint.words)}
        </li>
      ))}
    </ul>
  );
}

const SEEN_G = 8; // g; less is noise, or somebody's breath
const NO_HINTS: readonly never[] = [];

/** What every plate weighed when the staff's visit was first seen here; null without one. */
function useWeightsBefore(staff: boolean): Readonly<Record<string, number>> | null {
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const newest = useRef(plates);
  newest.current = plates;
  const [before, setBefore] = useState<Readonly<Record<string, number>> | null>(null);
  useEffect(() => {
    setBefore(staff ? Object.fromEntries(newest.current.flatMap((one) => (one.grams === null ? [] : [[one.plate, one.grams]]))) : null);
  }, [staff]);
  return before;
}
