/** The line to the store in a word, always in sight. */

import { useLine } from "../api/use";
import { useWords } from "../words/use";

export function LineState() {
  const { t } = useWords();
  const line = useLine((state) => state.line);
  return (
    <p className="line-state" data-line={line}>
      <i aria-hidden="true" />
      {t(`line.${line}`)}
    </p>
  );
}
