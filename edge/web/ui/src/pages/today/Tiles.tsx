/** Four figures of the day. */

import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Got } from "../../api/client";
import type { Snapshot } from "../../api/store";
import { useGet, useSnapshot } from "../../api/use";
import { Age } from "../../parts/Figures";
import { useWords } from "../../words/use";
import "./tiles.css";

type Day = Got<"/api/v1/day">;

export function Tiles() {
  const { t, money, number, plural } = useWords();
  const depth = useSnapshot((snapshot) => snapshot.cloud.depth);
  const oldest = useSnapshot((snapshot) => snapshot.cloud.oldest_since_s);
  const cloudOff = useSnapshot((snapshot) => snapshot.cloud.condition === "off");
  const news = useSnapshot(newsOf);
  const { value: day, problem } = useGet("/api/v1/day", {}, news);
  const words = (told: (sums: Day) => string): string => (day !== null ? told(day) : t(problem === null ? "state.loading" : "today.unknown"));
  const figure = (told: (sums: Day) => string): string => (day !== null ? told(day) : problem === null ? "…" : "–");
  return (
    <ul className="tiles">
      <Tile name={t("today.takings")} href="/visits" figure={figure((sums) => money(sums.takings_minor, sums.currency))}>
        {words((sums) => (sums.review_minor > 0 ? t("today.takings.review", { sum: money(sums.review_minor, sums.currency) }) : t("today.takings.words")))}
      </Tile>
      <Tile name={t("today.visits")} href="/visits" figure={figure((sums) => number(sums.visits))}>
        {words((sums) => (sums.visits === 0 ? t("today.visits.empty") : sums.nothing > 0 ? plural("today.visits.nothing", sums.nothing) : t("today.visits.words")))}
      </Tile>
      <Tile name={t("today.reviews")} href="/visits" figure={figure((sums) => number(sums.reviews))} tone={day !== null && day.reviews > 0 ? "warn" : "plain"}>
        {words((sums) => t(sums.reviews > 0 ? "today.reviews.some" : "today.reviews.none"))}
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

/** Changes with every receipt, with every decision about one, and now and then, as a day may be over. */
const newsOf = ({ receipts, reviews_open, cloud, at_unix_s }: Snapshot): string =>
  [receipts[0]?.visit, reviews_open, cloud.stored_total, Math.floor(at_unix_s / ASK_S)].join(" ");

const ASK_S = 900; // s between two looks where nothing is sold

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
