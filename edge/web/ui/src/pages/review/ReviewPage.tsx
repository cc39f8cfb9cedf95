/** Receipts that wait for a person, oldest first, and beside the list the one that is looked at, with its evidence. */

import { type ReactNode, useState } from "react";
import { useLocation, useParams } from "wouter";
import { useGet, useSnapshot } from "../../api/use";
import { BackToList, Beside } from "../../parts/Beside";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { Desk } from "./Desk";
import { QueueRow } from "./QueueRow";
import "./review.css";

type Wanted = "open" | "done";
const WANTED: readonly Wanted[] = ["open", "done"];
const SHOWN = 100; // receipts in the list; as they are decided about, the next ones come

export default function ReviewPage() {
  const { visit } = useParams<{ visit?: string }>();
  const [, go] = useLocation();
  const { t, plural, number } = useWords();
  const [wanted, setWanted] = useState<Wanted>("open");
  const open = useSnapshot((snapshot) => snapshot.reviews_open);
  const stored = useSnapshot((snapshot) => (wanted === "open" ? 0 : snapshot.cloud.stored_total));
  const queue = useGet("/api/v1/reviews", { query: { open: wanted === "open" ? "true" : "false", limit: SHOWN } }, `${open} ${stored}`);
  const waiting = queue.value?.reviews ?? [];
  const options = WANTED.map((value) => ({ value, words: value === "open" && open > 0 ? `${t("reviews.show.open")} · ${number(open)}` : t(`reviews.show.${value}`) }));

  const decided = (): void => {
    const next = wanted === "open" ? waiting.filter((record) => record.receipt.visit !== visit) : [];
    const after = next.find((record) => visit !== undefined && record.receipt.visit > visit) ?? next[0];
    if (wanted === "open") go(after === undefined ? "/review" : `/review/${after.receipt.visit}`);
    queue.again();
  };

  let body: ReactNode;
  if (waiting.length > 0) {
    body = (
      <ol aria-label={t(`reviews.show.${wanted}`)}>
        {waiting.map((record) => (
          <QueueRow key={record.receipt.visit} record={record} chosen={record.receipt.visit === visit} />
        ))}
      </ol>
    );
  } else if (queue.problem !== null) body = <Failure problem={queue.problem} onAgain={queue.again} />;
  else if (queue.value === null) body = <Loading rows={5} />;
  else
    body = (
      <Empty icon={wanted === "open" ? "check" : "review"} title={t(`reviews.none.${wanted}`)}>
        {t(`reviews.none.${wanted}.words`)}
      </Empty>
    );
  return (
    <Page title={t("reviews.title")} actions={<Choice silent label={t("reviews.show")} options={options} value={wanted} onChoose={setWanted} />}>
      <Beside
        className="reviews"
        list={
          <Card flush className="beside-list beside-still">
            {body}
            {waiting.length > 0 && queue.problem !== null && <Failure problem={queue.problem} onAgain={queue.again} />}
            {wanted === "open" && open > SHOWN && <p className="reviews-rest quiet small">{plural("reviews.rest", open - SHOWN)}</p>}
          </Card>
        }
        one={
          visit === undefined ? null : (
            <div className="reviews-desk">
              <BackToList href="/review">{t("reviews.back")}</BackToList>
              <Desk key={visit} visit={visit} onDecided={decided} />
            </div>
          )
        }
        none={
          waiting.length > 0 && (
            <Empty icon="review" title={t("reviews.choose")}>
              {t("reviews.choose.words")}
            </Empty>
          )
        }
      />
    </Page>
  );
}
