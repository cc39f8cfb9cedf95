/** The steps in their order: how far each has come, and which one is open. */

import { Link, useLocation } from "wouter";
import { Icon, type IconName } from "../../parts/Icon";
import { leave } from "../../shell/leaving";
import { useWords } from "../../words/use";
import { type Progress, progressOf, type Step, type StepState } from "./bench";

const MARKS: Partial<Record<Progress, IconName>> = { passed: "check", failed: "critical" };

export function Stepper({ steps, current }: { steps: readonly StepState[]; current: Step | null }) {
  const { t, number } = useWords();
  const [, navigate] = useLocation();
  return (
    <nav className="bench-steps" aria-label={t("bench.steps")}>
      <ol>
        {steps.map((step, place) => {
          const progress = progressOf(step);
          const mark = MARKS[progress];
          const passed = step.subjects.filter(({ outcome }) => outcome === "passed").length;
          const here = step.step === current;
          return (
            <li key={step.step} data-state={progress}>
              <Link
                href={`/commissioning/${step.step}`}
                onClick={(event) => {
                  event.preventDefault();
                  leave(() => navigate(`/commissioning/${step.step}`)); // what is not written stays with the store
                }}
                {...(here ? { "aria-current": "step" as const } : {})}
              >
                <span className="bench-step-mark" aria-hidden="true">
                  {mark === undefined ? number(place + 1) : <Icon name={mark} size={16} />}
                </span>
                <span>
                  <strong>{t(`bench.step.${step.step}`)}</strong>
                  <span className="small quiet">
                    {step.per === "store" ? t(`bench.progress.${progress}`) : t("bench.progress.of", { done: number(passed), all: number(step.subjects.length) })}
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
