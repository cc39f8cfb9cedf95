/** What a step is done for, one of them chosen, with how it came out for each. */

import { Choice } from "../../parts/Choice";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import type { StepState } from "./bench";

interface Props {
  label: string;
  step: StepState;
  value: string;
  onChoose: (subject: string) => void;
  /** Further names that can be chosen. */
  more?: readonly { readonly value: string; readonly words: string }[];
}

export function Subjects({ label, step, value, onChoose, more = [] }: Props) {
  const { t } = useWords();
  const options = step.subjects.map(({ subject, outcome }) => ({
    value: subject,
    words: (
      <b className="bench-subject" data-outcome={outcome}>
        {subject}
        {outcome !== "open" && (
          <>
            <Icon name={outcome === "passed" ? "check" : "critical"} size={14} />
            <i className="unseen">{t(`bench.outcome.${outcome}`)}</i>
          </>
        )}
      </b>
    ),
  }));
  return <Choice label={label} options={[...options, ...more]} value={value} onChoose={onChoose} />;
}
