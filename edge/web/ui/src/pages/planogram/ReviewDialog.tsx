/** Everything that changes by a planogram, what to know of it and from when on it holds, before it is saved. */

import { type FormEvent, useState } from "react";
import { useTried } from "../../api/tried";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { useWords } from "../../words/use";
import { Warnings } from "../products/Warnings";
import { useDesk } from "./desk";
import { DifferenceList } from "./DifferenceList";
import type { Plan } from "./plan";

const LEAST_REASON = 3; // characters; the store refuses less
const ANY_REASON = "tried"; // nothing is kept of a try

interface Props {
  base: Plan;
  onFresh: () => void;
  onClose: () => void;
  onSaved: (words: string) => void;
}

export function ReviewDialog({ base, onFresh, onClose, onSaved }: Props) {
  const { t, known } = useWords();
  const { goods, plan } = useDesk();
  const { send, busy, problem } = usePost("/api/v1/planogram");
  const [reason, setReason] = useState(t("planogram.reason"));
  const [refused, setRefused] = useState<string | null>(null);
  const tooShort = reason.trim().length < LEAST_REASON;
  const facings = plan.map(({ plate, gtin, count, shortBelow }) => ({ plate, gtin, count, short_below: shortBelow }));
  const tried = useTried("/api/v1/planogram", { version: goods.version, reason: ANY_REASON, check: true, facings });
  const wrong = tried?.code === "invalid" ? tried.problems.map((one) => one.words).join(" ") : null;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(null);
    if (tooShort) return focusWrong(event.currentTarget);
    const done = await send({ version: goods.version, reason: reason.trim(), check: false, facings });
    if (done === null) return;
    if (done.accepted) return onSaved(t("planogram.saved"));
    setRefused(done.code === "invalid" ? done.problems.map((one) => one.words).join(" ") : known(`change.${done.code}`, done.words));
    if (done.code === "stale") onFresh();
  };
  return (
    <Dialog title={t("planogram.review.title")} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <DifferenceList before={base} after={plan} />
        <Warnings warnings={tried?.accepted === true ? tried.warnings : []} goods={goods} />
        <p className="small quiet">{t(tried?.restart_needed === true ? "planogram.means.restart" : "planogram.means.once")}</p>
        <p className="small quiet">{t("planogram.means.goods")}</p>
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
          <Button onClick={onClose}>{t("act.back")}</Button>
          <Button type="submit" kind="primary" busy={busy} disabled={wrong !== null}>
            {t("act.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
