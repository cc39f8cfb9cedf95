/** How far somebody is on a way of several steps. */

import { useWords } from "../../words/use";
import type { Step } from "./steps";

export function Progress({ steps, step }: { steps: readonly Step[]; step: Step }) {
  const { t, number } = useWords();
  const at = steps.indexOf(step);
  return (
    <span className="enrol-progress">
      <span className="enrol-progress-words">
        <span className="quiet">{t("enrol.place", { step: number(at + 1), steps: number(steps.length) })}</span> {t(`enrol.step.${step}`)}
      </span>
      <span className="enrol-progress-bar" aria-hidden="true">
        {steps.map((one, place) => (
          <i key={one} data-state={place < at ? "done" : place === at ? "now" : "next"} />
        ))}
      </span>
    </span>
  );
}
