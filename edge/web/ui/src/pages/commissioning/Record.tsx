/** What was commissioned when, by whom, with which figures; printed as it stands. */

import { useGet } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty, Failure, Loading } from "../../parts/States";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import type { RecordRow } from "./bench";

const TONES: Record<string, Tone> = { passed: "good", failed: "bad", written: "note" };

/** `version`: changes when there may be something new. */
export function Record({ version }: { version: string }) {
  const { t, date, known } = useWords();
  const { value, problem, again } = useGet("/api/v1/commissioning/record", {}, version);
  const rows = (value?.rows ?? []) as readonly RecordRow[];
  const columns: Column<RecordRow>[] = [
    { head: t("bench.record.when"), cell: ({ at_unix_s }) => (at_unix_s === null ? <span className="quiet">{t("bench.record.noClock")}</span> : date(at_unix_s)) },
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

function Figures({ row }: { row: RecordRow }) {
  const figures = Object.entries(row.figures);
  if (figures.length === 0) return <span className="small">{row.words}</span>;
  return (
    <span className="small">
      {row.outcome === "failed" && <>{row.words} </>}
      {figures.map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`).join(", ")}
    </span>
  );
}
