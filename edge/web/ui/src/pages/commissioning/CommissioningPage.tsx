/** Commissioning: a technician's way from bare wires to a cabinet that weighs, step by step, with the cabinet out of service meanwhile. */

import { useMemo } from "react";
import { useParams } from "wouter";
import { useLine } from "../../api/use";
import { Page } from "../../parts/Page";
import { Failure, Loading } from "../../parts/States";
import { useUnsaved } from "../../shell/leaving";
import { useWords } from "../../words/use";
import { type Bench, stepOf } from "./bench";
import { Draft } from "./Draft";
import { Record } from "./Record";
import { Ended, SessionBar } from "./Session";
import { Stepper } from "./Stepper";
import { STEPS } from "./steps";
import { Again, useBench } from "./useBench";
import "./commissioning.css";

export default function CommissioningPage() {
  const { t } = useWords();
  const { bench, problem, again } = useBench();
  return (
    <Page title={t("bench.title")}>
      <Again.Provider value={again}>
        {bench !== null ? <Shown bench={bench} /> : problem !== null ? <Failure problem={problem} onAgain={again} /> : <Loading rows={6} />}
      </Again.Provider>
    </Page>
  );
}

function Shown({ bench }: { bench: Bench }) {
  const { step: named } = useParams<{ step?: string }>();
  const cut = useLine((state) => state.line === "cut");
  const { session } = bench;
  const step = stepOf(bench.steps, named);
  const rows = useMemo(() => bench.procedure?.number ?? 0, [bench.procedure?.number]);
  useUnsaved(bench.draft.length > 0);
  const Component = step === null ? null : STEPS[step.step].component;
  return (
    <>
      {session === null ? <Ended bench={bench} /> : <SessionBar session={session} draft={bench.draft.length} waiting={bench.restart_needed} />}
      <div className="bench">
        <Stepper steps={bench.steps} current={step?.step ?? null} />
        <div className="stack">
          {session !== null && step !== null && Component !== null && <Component key={step.step} bench={bench} step={step} still={cut || session.blocked !== ""} />}
          {(bench.draft.length > 0 || bench.restart_needed) && <Draft bench={bench} />}
          <Record version={`${rows} ${bench.procedure?.state ?? ""} ${bench.draft.length} ${session === null}`} />
        </div>
      </div>
    </>
  );
}
