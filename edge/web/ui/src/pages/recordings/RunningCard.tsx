/** The recording that is made now: how far it is, and its end. It goes on without this page. */

import { usePost, useStoreNow } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Left } from "../../parts/Figures";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { doneShare, type Running } from "./listed";

export function RunningCard({ running, onEnded }: { running: Running; onEnded: () => void }) {
  const { t, known, number, bytes, percent } = useWords();
  const { send, busy, problem } = usePost("/api/v1/recordings/end");
  const share = doneShare(running, useStoreNow());
  const end = async (): Promise<void> => {
    const said = await send({});
    if (said === null) return;
    toast(known(`recordings.code.${said.code}`, said.words), said.accepted ? "good" : "note");
    onEnded();
  };
  return (
    <Card title={t("recordings.running")} aside={running.by}>
      <div className="stack">
        <progress className="recordings-progress" max={1} value={share} aria-label={t("recordings.running")}>
          {percent(share)}
        </progress>
        <Facts
          rows={[
            [t("recordings.left"), <Left until={running.until_s} />],
            [t("recordings.samples"), number(running.samples)],
            [t("recordings.visits"), number(running.visits)],
            [t("recordings.size"), bytes(running.bytes)],
            [t("recordings.note"), running.note],
          ]}
        />
        <p className="small quiet">{t("recordings.goesOn")}</p>
        <FormProblem problem={problem} />
        <Button kind="danger" busy={busy} onClick={() => void end()}>
          {t("recordings.end")}
        </Button>
      </div>
    </Card>
  );
}
