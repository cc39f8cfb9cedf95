/** Somebody who was refused at the door a moment ago, and what they were told. */

import { useSnapshot, useStoreNow } from "../../api/use";
import { Age } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import "./refused.css";

const TOLD_S = 60; // s; whoever stood at the door has left by then

export function Refused() {
  const refusal = useSnapshot((snapshot) => snapshot.refusal);
  return (
    <div className="refused-place" role="status">
      {refusal !== null && <Fresh code={refusal.code} words={refusal.words} atS={refusal.at_s} />}
    </div>
  );
}

function Fresh({ code, words, atS }: { code: string; words: string; atS: number }) {
  const { t, known } = useWords();
  const fresh = useStoreNow() - atS < TOLD_S;
  if (!fresh) return null;
  return (
    <p className="refused">
      <Icon name="person" size={20} />
      <span>
        <b>{t("refused.title")}</b> “{known(`refusal.${code}`, words)}”{" "}
        <span className="small" aria-hidden="true">
          <Age since={atS} ago />
        </span>
      </span>
    </p>
  );
}
