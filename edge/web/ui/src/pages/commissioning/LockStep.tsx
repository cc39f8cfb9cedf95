/** Tests a lock: it is unlocked, opened and closed, and the sensors tell what it did. */

import { useState } from "react";
import { Choice } from "../../parts/Choice";
import { Icon } from "../../parts/Icon";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import { type Found, nextSubject, procedureOf } from "./bench";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Subjects } from "./Subjects";
import { Telling } from "./Telling";

type Lock = NonNullable<Found["lock"]>;

const TIMES = ["1", "2", "3"] as const;

export function LockStep(props: StepProps) {
  const { t, number, plural } = useWords();
  const { bench, step } = props;
  const procedure = procedureOf(bench, "lock");
  const lock = procedure?.found.lock ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const [times, setTimes] = useState<(typeof TIMES)[number]>("3");
  const door = chosen ?? (procedure?.state === "running" ? procedure.subject : nextSubject(step, procedure?.state === "passed" ? procedure.subject : ""));
  return (
    <StepCard
      {...props}
      order={() => ({ subject: door, repeats: Number(times) })}
      path="/api/v1/commissioning/unlocking/{step}"
      act={t("bench.lock.act", { door })}
      below={
        procedure !== null && (
          <Telling bench={bench} procedure={procedure} result={lock === null ? undefined : plural("bench.lock.works", lock.runs.length, { door: lock.door })}>
            {lock !== null && <Runs lock={lock} />}
          </Telling>
        )
      }
    >
      <Subjects label={t("bench.door")} step={step} value={door} onChoose={setChosen} />
      <Choice label={t("bench.lock.times")} options={TIMES.map((value) => ({ value, words: number(Number(value)) }))} value={times} onChoose={setTimes} />
      <p className="small quiet">{t("bench.lock.how")}</p>
    </StepCard>
  );
}

function Runs({ lock }: { lock: Lock }) {
  const { t, number } = useWords();
  const ms = (value: number | null): string => (value === null ? "–" : t("bench.ms", { ms: number(value) }));
  const columns: Column<Lock["runs"][number]>[] = [
    { head: t("bench.lock.run"), cell: (run) => number(lock.runs.indexOf(run) + 1) },
    { head: t("bench.lock.released"), end: true, cell: ({ released_ms }) => ms(released_ms) },
    { head: t("bench.lock.opened"), end: true, cell: ({ opened_ms }) => ms(opened_ms) },
    { head: t("bench.lock.closed"), end: true, cell: ({ closed_ms }) => ms(closed_ms) },
    { head: t("bench.lock.secured"), end: true, cell: ({ secured_ms }) => ms(secured_ms) },
  ];
  const note = lock.has_bolt ? (lock.held_while_open ? t("bench.lock.heldOpen") : null) : t("bench.lock.noBolt");
  return (
    <>
      {note !== null && (
        <p className="bench-note" data-tone="warn">
          <Icon name="warning" size={18} /> <span>{note}</span>
        </p>
      )}
      <Table caption={t("bench.lock.runs")} columns={columns} rows={lock.runs} rowKey={(run) => lock.runs.indexOf(run)} />
    </>
  );
}
