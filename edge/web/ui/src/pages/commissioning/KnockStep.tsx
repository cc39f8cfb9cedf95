/** How a plate rings after a knock, so that its moving average can cancel it. */

import { useState } from "react";
import { Choice } from "../../parts/Choice";
import { Facts } from "../../parts/Facts";
import { useWords } from "../../words/use";
import { procedureOf, subjectNow } from "./bench";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Subjects } from "./Subjects";
import { Telling } from "./Telling";

const KNOCKS = ["2", "3", "5"] as const;
const FEW_PER_PERIOD = 3; // samples; fewer make every decision slower

export function KnockStep(props: StepProps) {
  const { t, number } = useWords();
  const { bench, step } = props;
  const procedure = procedureOf(bench, "knock");
  const knock = procedure?.found.knock ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const [knocks, setKnocks] = useState<(typeof KNOCKS)[number]>("3");
  const plate = chosen ?? subjectNow(step, procedure);
  const rounded = (value: number, digits: number): string => number(Number(value.toFixed(digits)));
  const seconds = (value: number, digits: number): string => t("bench.seconds", { seconds: rounded(value, digits) });
  return (
    <StepCard
      {...props}
      order={() => ({ subject: plate, repeats: Number(knocks) })}
      act={t("bench.knock.act", { plate })}
      below={
        procedure !== null && (
          <Telling bench={bench} procedure={procedure} result={knock === null ? undefined : t("bench.knock.found", { plate: knock.plate, hertz: rounded(knock.hertz, 1) })}>
            {knock !== null && (
              <>
                <Facts
                  rows={[
                    [t("bench.knock.hertz"), `${rounded(knock.hertz, 2)} Hz`],
                    [t("bench.knock.damping"), rounded(knock.damping, 3)],
                    [t("bench.knock.quiet"), seconds(knock.quiet_after_s, 1)],
                    [t("bench.knock.average"), seconds(knock.average_s, 3)],
                    [t("bench.knock.rate"), rounded(knock.rate_hz, 0)],
                  ]}
                />
                {knock.rate_hz / knock.hertz < FEW_PER_PERIOD && (
                  <p className="bench-note" data-tone="warn">
                    {t("bench.knock.few")}
                  </p>
                )}
              </>
            )}
          </Telling>
        )
      }
    >
      <Subjects label={t("plate.name")} step={step} value={plate} onChoose={setChosen} />
      <Choice label={t("bench.knock.count")} options={KNOCKS.map((value) => ({ value, words: number(Number(value)) }))} value={knocks} onChoose={setKnocks} />
    </StepCard>
  );
}
