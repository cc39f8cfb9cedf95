/** Which inputs watch a door, and which way round: open it, close it, and see which ones follow. */

import { useState } from "react";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { type Bench, procedureOf, subjectNow } from "./bench";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Subjects } from "./Subjects";
import { Telling } from "./Telling";

export function DoorsStep(props: StepProps) {
  const { t, list } = useWords();
  const { bench, step } = props;
  const procedure = procedureOf(bench, "doors");
  const sensed = procedure?.found.sensed ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const door = chosen ?? subjectNow(step, procedure);
  const inputs = sensed?.inputs.map((one) => t(`bench.doors.${one.use}`, { input: `${one.device}:${one.index}` })) ?? [];
  const unsafe = sensed?.inputs.some(({ open_level }) => open_level) ?? false;
  return (
    <StepCard
      {...props}
      order={() => ({ subject: door })}
      act={t("bench.doors.act", { door })}
      below={
        <>
          {procedure !== null && (
            <Telling
              bench={bench}
              procedure={procedure}
              result={sensed === null ? undefined : t(sensed.same ? "bench.doors.same" : "bench.doors.found", { door: sensed.door, inputs: list(inputs) })}
            >
              {unsafe && (
                <p className="bench-note" data-tone="warn">
                  <Icon name="warning" size={18} /> <span>{t("bench.doors.unsafe")}</span>
                </p>
              )}
            </Telling>
          )}
          <Inputs inputs={bench.inputs} />
        </>
      }
    >
      <Subjects label={t("bench.door")} step={step} value={door} onChoose={setChosen} />
      <p className="small quiet">{t("bench.doors.how")}</p>
    </StepCard>
  );
}

/** Every input as its wire is now. */
function Inputs({ inputs }: { inputs: Bench["inputs"] }) {
  const { t } = useWords();
  if (inputs.length === 0) return null;
  return (
    <details className="bench-log" open>
      <summary>{t("bench.inputs")}</summary>
      <ul className="bench-inputs">
        {inputs.map(({ device, index, on, use }) => (
          <li key={`${device}:${index}`} data-on={on === true}>
            <span className="mono small">{`${device}:${index}`}</span>
            <b>{on === null ? "–" : t(on ? "bench.input.on" : "bench.input.off")}</b>
            <span className="small quiet">{wordsOf(use, t)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** "front:contact" as a person says it. */
function wordsOf(use: string, t: ReturnType<typeof useWords>["t"]): string {
  const [door = "", what] = use.split(":");
  if (what !== "contact" && what !== "bolt") return "";
  return t(`bench.input.${what}`, { door });
}
