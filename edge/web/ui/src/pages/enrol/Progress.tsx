/** How far somebody is on a way of several steps. */

import { useWords } from "../../words/use";
import type { Step } from "./steps";

export function Progress({ steps, step }: { steps: readonly Step[]; step: Step }) {
  const { t, number } = useWords();
  const at = steps.indexOf(step);
  return (
    <div className="enrol-progress" role="group" aria-label={t("enrol.steps")}>
      <p className="small">
        <span className="quiet">{t("enrol.place", { step: number(at + 1), steps: number(steps.length) })}</span> <b>{t(`enrol.step.${step}`)}</b>
      </p>
      <span className="enrol-progress-bar" aria-hidden="true">
        {steps.map((one, place) => (
          <i key={one} data-state={place < at ? "done" : place === at ? "now" : "next"} />
        ))}
      </span>
    </div>
  );
}
