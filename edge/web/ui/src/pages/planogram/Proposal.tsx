/** That a restocker has laid out the shelf differently: all of it can be taken into the plan, or dropped for good. */

import { useState } from "react";
import { useLine, usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { useDesk } from "./desk";
import { laidOut } from "./editing";
import { facingOf } from "./plan";

export function Proposal({ onFresh }: { onFresh: () => void }) {
  const { t, known, plural } = useWords();
  const { goods, plan, change } = useDesk();
  const cut = useLine((state) => state.line === "cut");
  const { send, busy, problem } = usePost("/api/v1/planogram/proposal");
  const [refused, setRefused] = useState<string | null>(null);
  const open = goods.proposal.filter((one) => (facingOf(plan, one.plate, one.gtin)?.count ?? 0) !== one.count);
  if (open.length === 0) return null;
  const drop = async (): Promise<void> => {
    setRefused(null);
    const done = await send({ version: goods.version, reason: t("planogram.laid.reason"), action: "dismiss" });
    if (done === null) return;
    const told = known(`change.${done.code}`, done.words);
    if (done.accepted) toast(told);
    else setRefused(told);
    onFresh();
  };
  return (
    <section className="planogram-proposal" aria-label={t("proposal.title")}>
      <p>
        <Icon name="eye" size={18} /> <span>{plural("planogram.laid", open.length)}</span>
      </p>
      <div className="row">
        <Button onClick={() => change(open.reduce(laidOut, plan), t("planogram.said.takenAll"))}>{t("planogram.laid.takeAll")}</Button>
        <Button kind="quiet" busy={busy} disabled={cut} onClick={() => void drop()}>
          {t("planogram.laid.drop")}
        </Button>
      </div>
      <FormProblem problem={problem} words={refused} />
    </section>
  );
}
