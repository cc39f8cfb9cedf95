/** Says that the line to the store is silent or cut, and how old what is shown is. Nothing while it is live. */

import { useLine, useStoreNow } from "../api/use";
import { useWords } from "../words/use";
import { Icon } from "./Icon";
import "./stale.css";

export function StaleBanner() {
  const { t } = useWords();
  const line = useLine((state) => state.line);
  const troubled = line === "stale" || line === "cut";
  return (
    <div className="stale-place" role="status">
      {troubled && (
        <p className="stale" data-line={line}>
          <Icon name={line === "cut" ? "cloudOff" : "notice"} />
          <span>
            <strong>{t(line === "cut" ? "line.cut.title" : "line.stale.title")}</strong> <Why /> <HowOld />
          </span>
        </p>
      )}
    </div>
  );
}

function Why() {
  const { t, known } = useWords();
  const refused = useLine((state) => state.refused);
  const line = useLine((state) => state.line);
  if (refused !== null) return known(`problem.${refused.code}.title`, refused.title);
  return line === "cut" ? t("line.cut.words") : null;
}

/** Outside what is read aloud: it changes every second. */
function HowOld() {
  const { t, span } = useWords();
  const takenS = useLine((state) => state.snapshot?.at_s ?? 0);
  const now = useStoreNow();
  return <span aria-hidden="true">{t("line.age", { age: span(now - takenS) })}</span>;
}
