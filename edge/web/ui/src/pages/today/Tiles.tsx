/** Four figures of the day. */

import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Age } from "../../parts/Figures";
import { useWords } from "../../words/use";
import { older, useLedger } from "../visits/ledger";
import { dayIsWhole, midnight, sumsOf } from "./day";
import "./tiles.css";

export function Tiles() {
  const { t, money, number, plural } = useWords();
  const currency = useSnapshot((snapshot) => snapshot.currency);
  const since = useSnapshot((snapshot) => midnight(snapshot.at_unix_s));
  const depth = useSnapshot((snapshot) => snapshot.cloud.depth);
  const oldest = useSnapshot((snapshot) => snapshot.cloud.oldest_since_s);
  const cloudOff = useSnapshot((snapshot) => snapshot.cloud.condition === "off");
  const ledger = useLedger();
  const whole = dayIsWhole(ledger.records, ledger.before, since);
  useEffect(() => {
    if (!whole && ledger.problem === null && !ledger.loading) void older();
  }, [whole, ledger]);
  const sums = sumsOf(ledger.records, since);
  const waiting = ledger.before === undefined;
  const unsure = waiting ? t(ledger.problem === null ? "state.loading" : "today.unknown") : whole ? null : t("today.atLeast");
  const shown = (figure: string): string => (!waiting ? figure : ledger.problem === null ? "…" : "–");
  return (
    <ul className="tiles">
      <Tile name={t("today.takings")} href="/visits" figure={shown(money(sums.takingsMinor, currency))}>
        {unsure ?? (sums.reviewMinor > 0 ? t("today.takings.review", { sum: money(sums.reviewMinor, currency) }) : t("today.takings.words"))}
      </Tile>
      <Tile name={t("today.visits")} href="/visits" figure={shown(number(sums.visits))}>
        {unsure ?? (sums.visits === 0 ? t("today.visits.empty") : sums.nothing > 0 ? plural("today.visits.nothing", sums.nothing) : t("today.visits.words"))}
      </Tile>
      <Tile name={t("today.reviews")} href="/visits" figure={shown(number(sums.reviews))} tone={sums.reviews > 0 ? "warn" : "plain"}>
        {unsure ?? t(sums.reviews > 0 ? "today.reviews.some" : "today.reviews.none")}
      </Tile>
      <Tile name={t("today.outbox")} figure={number(depth)} tone={oldest !== null && depth > 0 ? "note" : "plain"}>
        {oldest !== null ? (
          <>
            {t("today.outbox.oldest")} <Age since={oldest} />
          </>
        ) : (
          t(cloudOff ? "today.outbox.off" : "today.outbox.none")
        )}
      </Tile>
    </ul>
  );
}

interface TileProps {
  name: string;
  figure: string;
  href?: string;
  tone?: "plain" | "warn" | "note";
  children: ReactNode;
}

function Tile({ name, figure, href, tone = "plain", children }: TileProps) {
  const body = (
    <>
      <span className="tile-name">{name}</span>
      <span className="tile-figure">{figure}</span>
      <span className="tile-words">{children}</span>
    </>
  );
  return (
    <li data-tone={tone}>
      {href === undefined ? (
        <div className="tile">{body}</div>
      ) : (
        <Link href={href} className="tile">
          {body}
        </Link>
      )}
    </li>
  );
}
