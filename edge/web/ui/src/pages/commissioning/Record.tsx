/** What was commissioned when, by whom, with which figures; printed as it stands. */

import { useGet } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty, Failure, Loading } from "../../parts/States";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import type { RecordRow } from "./bench";
import { listed, troubled } from "./saying";

const TONES: Record<string, Tone> = { passed: "good", failed: "bad", written: "note" };

/** `version`: changes when there may be something new. */
export function Record({ version }: { version: string }) {
  const { t, known } = useWords();
  const { value, problem, again } = useGet("/api/v1/commissioning/record", {}, version);
  const rows = (value?.rows ?? []) as readonly RecordRow[];
  const columns: Column<RecordRow>[] = [
    { head: t("bench.record.when"), cell: (row) => <When row={row} /> },
    { head: t("bench.record.what"), cell: ({ step, subject }) => `${known(`bench.step.${step}`, known(`bench.record.${step}`, step))}${subject === "" ? "" : ` ${subject}`}` },
    { head: t("bench.record.outcome"), cell: ({ outcome }) => <Badge tone={TONES[outcome] ?? "plain"}>{known(`bench.outcome.${outcome}`, outcome)}</Badge> },
    { head: t("bench.record.figures"), cell: (row) => <Figures row={row} /> },
    { head: t("bench.record.who"), cell: ({ by }) => by },
  ];
  return (
    <Card
      flush
      title={t("bench.record")}
      className="bench-record"
      aside={
        rows.length > 0 && (
          <Button kind="quiet" icon="out" onClick={() => window.print()}>
            {t("bench.record.print")}
          </Button>
        )
      }
    >
      {value === null && problem !== null ? (
        <Failure problem={problem} onAgain={again} />
      ) : value === null ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty icon="audit" title={t("bench.record.none")}>
          {t("bench.record.none.words")}
        </Empty>
      ) : (
        <Table caption={t("bench.record")} columns={columns} rows={rows} rowKey={({ number }) => number} />
      )}
    </Card>
  );
}

function When({ row }: { row: RecordRow }) {
  const { t, date } = useWords();
  return (
    <>
      {date(row.at_unix_s)}
      {!row.vouched && <span className="small quiet"> {t("bench.record.noClock")}</span>}
    </>
  );
}

function Figures({ row }: { row: RecordRow }) {
  const words = useWords();
  if (row.outcome === "failed" && row.code !== "") {
    return <span className="small">{troubled({ code: row.code, words: row.words, advice: "", figures: row.figures }, words).words}</span>;
  }
  return <span className="small">{Object.keys(row.figures).length === 0 ? row.words : listed(row.figures, words)}</span>;
}
