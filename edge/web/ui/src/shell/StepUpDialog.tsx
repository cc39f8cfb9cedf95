/** Asks for the password again, before something that needs it; what was refused goes on by itself. One for all pages. */

import { type FormEvent, useState } from "react";
import { useMe } from "../api/me";
import { answerStepUp, useStepUp } from "../api/stepUp";
import { usePost } from "../api/use";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { Field } from "../parts/Field";
import { focusWrong } from "../parts/form";
import { FormProblem } from "../parts/FormProblem";
import { useWords } from "../words/use";

export function StepUpDialog() {
  return useStepUp() ? <Asking /> : null;
}

function Asking() {
  const { t } = useWords();
  const name = useMe()?.name ?? "";
  const { send, busy, problem } = usePost("/api/v1/me/step-up");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (password === "") return focusWrong(event.currentTarget);
    if ((await send({ password })) !== null) return answerStepUp(true);
    setPassword("");
    setTried(false);
  };
  return (
    <Dialog title={t("stepUp.title")} onClose={() => answerStepUp(false)}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <p className="quiet">{t("stepUp.words", { name })}</p>
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <Field
          label={t("stepUp.password")}
          type="password"
          name="password"
          autoComplete="current-password"
          maxLength={200}
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          problem={tried && password === "" ? t("stepUp.missing") : null}
          data-first
        />
        <FormProblem problem={problem} />
        <div className="form-acts">
          <Button onClick={() => answerStepUp(false)}>{t("act.cancel")}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t("stepUp.go")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
