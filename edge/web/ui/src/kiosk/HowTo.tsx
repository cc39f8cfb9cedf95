/** How to shop here, in three pictures. */

import { useWords } from "../words/use";
import { Drawing, type Scene } from "./Drawing";

const STEPS: readonly (readonly [Scene, "kiosk.step.code" | "kiosk.step.take" | "kiosk.step.close"])[] = [
  ["code", "kiosk.step.code"],
  ["take", "kiosk.step.take"],
  ["close", "kiosk.step.close"],
];

export function HowTo() {
  const { t, number } = useWords();
  return (
    <ol className="kiosk-steps" aria-label={t("kiosk.steps")}>
      {STEPS.map(([scene, words], place) => (
        <li key={scene}>
          <Drawing scene={scene} />
          <span>
            <b aria-hidden="true">{number(place + 1)}</b> {t(words)}
          </span>
        </li>
      ))}
    </ol>
  );
}
