/** Something that is told once, to be handed over: shown whole, copied at a press. */

import { useState } from "react";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { copied } from "../../parts/save";
import { useWords } from "../../words/use";
import "./people.css";

interface Props {
  label: string;
  secret: string;
  /** What it is good for, and for how long. */
  words: string;
  onClose: () => void;
}

export function Secret({ label, secret, words, onClose }: Props) {
  const { t } = useWords();
  const [taken, setTaken] = useState<boolean | null>(null); // without TLS no page may copy: then it is selected at a touch
  return (
    <div className="form">
      <p>{words}</p>
      <p className="label" id="secret-label">
        {label}
      </p>
      <p className="secret" role="textbox" aria-readonly="true" aria-labelledby="secret-label" tabIndex={0} data-first>
        {secret}
      </p>
      <p className="small" role="status">
        {taken === null ? "" : t(taken ? "secret.copied" : "secret.select")}
      </p>
      <p className="small secret-once">
        <Icon name="warning" size={16} /> {t("secret.once")}
      </p>
      <div className="form-acts">
        <Button onClick={() => void copied(secret).then(setTaken)}>{t("secret.copy")}</Button>
        <Button kind="primary" onClick={onClose}>
          {t("act.done")}
        </Button>
      </div>
    </div>
  );
}
