/** Why what a form asked for did not happen, above its buttons. Nothing where `problem` and `words` are null. */

import type { ApiProblem } from "../api/problem";
import { useWords } from "../words/use";
import { Icon } from "./Icon";
import "./form.css";

export function FormProblem({ problem, words = null }: { problem: ApiProblem | null; words?: string | null }) {
  const { known } = useWords();
  const told = problem === null ? words : `${known(`problem.${problem.code}.title`, problem.title)}. ${known(`problem.${problem.code}.detail`, problem.detail)}`;
  return (
    <div role="alert">
      {told !== null && (
        <p className="form-problem">
          <Icon name="critical" size={18} /> {told}
        </p>
      )}
    </div>
  );
}
