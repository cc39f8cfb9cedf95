/** Starts the controller anew: says what that means, waits for whoever is inside, and for the store to come back. */

import { type FormEvent, useEffect, useState } from "react";
import { useLine, usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";

const LEAST_REASON = 3; // characters; the store refuses less
const USUALLY_S = 15; // s; from the last word of the old process to the first of the new one, on a small board
const LATE_MS = 90_000; // ms; by then somebody should look at the machine

type Step = "waiting" | "starting" | "back";

export function RestartDialog({ onClose }: { onClose: () => void }) {
  const { t, known, span } = useWords();
  const { send, busy, problem } = usePost("/api/v1/restart");
  const inside = useSnapshot((snapshot) => snapshot.visit !== null);
  const started = useSnapshot((snapshot) => snapshot.controller.started_s);
  const live = useLine((state) => state.line === "live");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [asked, setAsked] = useState<{ started: number; waitsS: number } | null>(null);
  const [late, setLate] = useState(false);
  const tooShort = reason.trim().length < LEAST_REASON;
  const step: Step | null = asked === null ? null : started !== asked.started ? "back" : live ? "waiting" : "starting";
  useEffect(() => {
    if (step !== "starting") return setLate(false);
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, [step]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (tooShort) return focusWrong(event.currentTarget);
    const done = await send({ reason: reason.trim() });
    if (done === null) return;
    if (done.accepted) setAsked({ started, waitsS: done.waits_s });
    else setRefused(known(`restart.code.${done.code}`, done.words));
  };
  if (asked !== null && step !== null) {
    return (
      <Dialog title={t("restart.title")} onClose={onClose}>
        <div className="restart-now" data-step={step} role="status">
          <Icon name={step === "back" ? "check" : step === "starting" ? "again" : "clock"} size={28} />
          <div>
            <p>
              <b>{t(`restart.step.${step === "waiting" && asked.waitsS === 0 ? "ending" : step}`)}</b>
            </p>
            <p className="small quiet">
              {step === "waiting" && asked.waitsS > 0 && t("restart.waits", { most: span(asked.waitsS) })}
              {step === "starting" && t(late ? "restart.late" : "restart.again")}
            </p>
          </div>
        </div>
        <div className="form-acts">
          <Button kind={step === "back" ? "primary" : "plain"} onClick={onClose} data-first>
            {t(step === "back" ? "act.done" : "act.close")}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("restart.title")} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <ul className="restart-means">
          <li>{t("restart.means.closed", { time: span(USUALLY_S) })}</li>
          <li>{t(inside ? "restart.means.inside" : "restart.means.nobody")}</li>
          <li>{t("restart.means.kept")}</li>
        </ul>
        <Field
          label={t("service.reason")}
          name="reason"
          autoComplete="off"
          maxLength={200}
          required
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          problem={tried && tooShort ? t("service.reason.missing") : null}
          data-first
        />
        <FormProblem problem={problem} words={refused} />
        <div className="form-acts">
          <Button onClick={onClose}>{t("act.cancel")}</Button>
          <Button type="submit" kind="danger" busy={busy} disabled={!live}>
            {t(inside ? "restart.after" : "restart.now")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
