/** Presents a pass as the reader at the door would: for somebody whose code cannot be read there, or to try one out. */

import { type FormEvent, useState } from "react";
import { useLine, usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";

export function PassButton() {
  const { t } = useWords();
  const may = useMay();
  const cut = useLine((state) => state.line === "cut");
  const [asking, setAsking] = useState(false);
  if (!may("let_in")) return null;
  return (
    <>
      <Button icon="person" disabled={cut} aria-haspopup="dialog" onClick={() => setAsking(true)}>
        {t("pass.title")}
      </Button>
      {asking && <PassDialog onClose={() => setAsking(false)} />}
    </>
  );
}

function PassDialog({ onClose }: { onClose: () => void }) {
  const { t, known } = useWords();
  const { send, busy, problem } = usePost("/api/v1/entries");
  const [pass, setPass] = useState("");
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const missing = pass.trim() === "";
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (missing) return focusWrong(event.currentTarget);
    const said = await send({ pass: pass.trim() });
    if (said === null) return;
    setPass("");
    setTried(false);
    if (!said.accepted) return setRefused(known(`refusal.${said.code}`, said.words));
    toast(t("pass.accepted"));
    onClose();
  };
  return (
    <Dialog title={t("pass.title")} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <p className="quiet">{t("pass.means")}</p>
        <Field
          label={t("pass.text")}
          hint={t("pass.hint")}
          name="pass"
          autoComplete="off"
          spellCheck={false}
          maxLength={4096}
          value={pass}
          onChange={(event) => setPass(event.target.value)}
          problem={tried && missing ? t("pass.missing") : null}
          data-first
        />
        <FormProblem problem={problem} words={refused} />
        <div className="form-acts">
          <Button onClick={onClose}>{t("act.cancel")}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t("pass.present")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
