/** Goes back to what held after an earlier change, once somebody has read what that changes. */

import { type FormEvent, useState } from "react";
import type { Change } from "../../api/settings";
import { useTried } from "../../api/tried";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Loading } from "../../parts/States";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { placesOf } from "./places";

const LEAST_REASON = 3; // characters; the store refuses less
const ANY_REASON = "tried"; // nothing is kept of a try

interface Props {
  version: string;
  change: Change;
  onFresh: () => void;
  onClose: () => void;
}

export function GoBackDialog({ version, change, onFresh, onClose }: Props) {
  const words = useWords();
  const { t, known, number } = words;
  const { send, busy, problem } = usePost("/api/v1/changes/back");
  const file = change.number === 0;
  const [reason, setReason] = useState(file ? t("history.reason.file") : t("history.reason", { number: number(change.number) }));
  const [refused, setRefused] = useState<string | null>(null);
  const tooShort = reason.trim().length < LEAST_REASON;
  const tried = useTried("/api/v1/changes/back", { version, number: change.number, reason: ANY_REASON, check: true });
  const wrong = tried === null || tried.accepted ? null : tried.code === "invalid" ? tried.problems.map((one) => one.words).join(" ") : known(`change.${tried.code}`, tried.words);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(null);
    if (tooShort) return focusWrong(event.currentTarget);
    const done = await send({ version, number: change.number, reason: reason.trim(), check: false });
    if (done === null) return;
    onFresh();
    if (!done.accepted) return setRefused(known(`change.${done.code}`, done.words));
    toast(known(`change.${done.code}`, done.words));
    onClose();
  };
  return (
    <Dialog title={file ? t("history.back.file") : t("history.back.to", { number: number(change.number) })} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        {tried === null ? (
          <Loading rows={1} />
        ) : (
          tried.accepted && <p>{tried.places.length === 0 ? t("change.nothing_changed") : t("history.changes", { places: placesOf(tried.places, words) })}</p>
        )}
        <p className="small quiet">{t("history.means")}</p>
        {tried?.restart_needed === true && <p className="small quiet">{t("settings.means.restart")}</p>}
        <Field
          label={t("service.reason")}
          name="reason"
          autoComplete="off"
          maxLength={200}
          required
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          problem={tooShort ? t("service.reason.missing") : null}
          data-first
        />
        <FormProblem problem={problem} words={refused ?? wrong} />
        <div className="form-acts">
          <Button onClick={onClose}>{t("act.cancel")}</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={wrong !== null}>
            {t("history.back")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
