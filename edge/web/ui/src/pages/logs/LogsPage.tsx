/** What the controller says about itself, live: by importance and by words. The lines are English, as they are in the system's journal. */

import { useDeferredValue, useState } from "react";
import { address, get } from "../../api/client";
import { useFollow } from "../../api/useFollow";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Field } from "../../parts/Field";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { fieldsOf, type Level, LEVELS, type LogLine, TONES } from "./lines";
import "./logs.css";

const MOST_KEPT = 500; // lines in sight
const MOST_FILTER = 100; // characters; the store takes no more

export default function LogsPage() {
  const { t } = useWords();
  const [paused, setPaused] = useState(false);
  const [level, setLevel] = useState<Level>("info");
  const [typed, setTyped] = useState("");
  const text = useDeferredValue(typed.trim());
  const [kept, setKept] = useState<{ kept: number; since: number | null } | null>(null);
  const { rows, missed, begun, problem } = useFollow<LogLine>({
    what: `${level} ${text}`,
    most: MOST_KEPT,
    paused,
    ask: async (after, signal) => {
      const page = await get("/api/v1/logs", { query: { level, text, after }, signal });
      setKept((now) => (now?.kept === page.kept && now.since === page.oldest_unix_s ? now : { kept: page.kept, since: page.oldest_unix_s }));
      return { rows: page.lines, newest: page.newest, missed: page.missed };
    },
  });
  return (
    <Page
      title={t("logs.title")}
      actions={
        <>
          <a className="button" href={address("/api/v1/logs/file", { query: { level, text } })} download>
            {t("logs.fetch")}
          </a>
          <Button icon={paused ? "play" : "pause"} aria-pressed={paused} onClick={() => setPaused(!paused)}>
            {t(paused ? "wire.goOn" : "wire.pause")}
          </Button>
        </>
      }
    >
      <Card flush title={t("logs.lines")} aside={paused ? t("wire.paused") : t("wire.following")}>
        <div className="logs-wanted">
          <Choice label={t("logs.level")} options={LEVELS.map((value) => ({ value, words: t(`logs.level.${value}`) }))} value={level} onChoose={setLevel} />
          <Field type="search" label={t("logs.text")} maxLength={MOST_FILTER} value={typed} onChange={(event) => setTyped(event.target.value)} />
        </div>
        {problem !== null && <Failure problem={problem} />}
        {missed > 0 && <p className="logs-note small">{t("logs.missed")}</p>}
        {rows.length > 0 ? (
          <ol className="logs" tabIndex={0} aria-label={t("logs.lines")} lang="en">
            {rows.toReversed().map((line) => (
              <Line key={line.number} line={line} />
            ))}
          </ol>
        ) : (
          problem === null && (begun ? <Empty icon="rows" title={t("logs.none.title")}>{t("logs.none.words")}</Empty> : <Loading rows={8} />)
        )}
      </Card>
      {kept !== null && <Older kept={kept.kept} since={kept.since} />}
    </Page>
  );
}

function Line({ line }: { line: LogLine }) {
  const { t, date, moment } = useWords();
  const fields = fieldsOf(line);
  return (
    <li data-level={line.level}>
      <time className="quiet mono" dateTime={new Date(line.at_unix_s * 1000).toISOString()} title={date(line.at_unix_s)}>
        {moment(line.at_unix_s)}
      </time>
      {TONES[line.level] !== "plain" && <Badge tone={TONES[line.level]}>{t(line.level === "error" ? "logs.error" : "logs.warning")}</Badge>}
      <p>
        <b>{line.event}</b> <span className="mono small">{fields}</span> <span className="quiet small">{line.logger}</span>
      </p>
      {line.trace != null && (
        <details className="small">
          <summary>{t("logs.trace")}</summary>
          <pre className="mono" tabIndex={0}>
            {line.trace}
          </pre>
        </details>
      )}
    </li>
  );
}

/** Where the lines are that are not kept here. */
function Older({ kept, since }: { kept: number; since: number | null }) {
  const { t, number, date } = useWords();
  return (
    <Card title={t("logs.older")}>
      <div className="logs-older">
        <p>{since === null ? t("logs.kept", { lines: number(kept) }) : t("logs.keptSince", { lines: number(kept), since: date(since) })}</p>
        <p className="quiet small">{t("logs.journal")}</p>
        <pre className="mono small" tabIndex={0}>
          journalctl -u smartstore --since yesterday
        </pre>
        <p className="quiet small">{t("logs.secrets")}</p>
      </div>
    </Card>
  );
}
