/** Asks why somebody wants something of the cabinet, and says what came of it: it goes to the store's audit record with their name. */

import { type FormEvent, useState } from "react";
import type { Body } from "../../api/client";
import type { Alarm } from "../../api/store";
import { usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { useNames } from "../visits/useNames";

export type ServiceAction = Body<"/api/v1/service">["action"];

const LEAST_REASON = 3; // characters; the store refuses less

/** `only`: acknowledge this fault, and no other. */
export function ServiceDialog({ action, only, onClose }: { action: ServiceAction; only?: Alarm; onClose: () => void }) {
  const { t, known } = useWords();
  const { send, busy, problem } = usePost("/api/v1/service");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const tooShort = reason.trim().length < LEAST_REASON;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (tooShort) return focusWrong(event.currentTarget);
    const said = await send({ action, reason: reason.trim(), code: only?.code ?? "", subject: only?.subject ?? "" });
    if (said === null) return;
    if (!said.accepted) return setRefused(known(`service.refused.${said.code}`, said.words));
    toast(t(`service.done.${action}`));
    onClose();
  };
  return (
    <Dialog title={t(`service.${action}`)} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <p className="quiet">{t(`service.means.${action}`)}</p>
        {action === "clear_faults" && <Latched {...(only === undefined ? {} : { only })} />}
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
          <Button type="submit" kind={action === "take_out_of_service" ? "danger" : "primary"} busy={busy}>
            {t(`service.${action}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What will be acknowledged: `only` this one, or all that are there. */
function Latched({ only }: { only?: Alarm }) {
  const { known } = useWords();
  const names = useNames();
  const alarms = useSnapshot((snapshot) => snapshot.alarms);
  return (
    <ul className="service-faults">
      {(only === undefined ? alarms.filter((alarm) => alarm.latched) : [only])
        .map((alarm) => (
          <li key={`${alarm.code} ${alarm.subject}`}>
            {known(`fault.${alarm.code}.words`, alarm.words)} <span className="quiet">{names.get(alarm.subject) ?? alarm.subject}</span>
          </li>
        ))}
    </ul>
  );
}
