/** Who commissions since when, and what state the shop is in: before, meanwhile, and after. */

import { useState } from "react";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Dialog } from "../../parts/Dialog";
import { Age } from "../../parts/Figures";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { toast } from "../../parts/Toast";
import { leave } from "../../shell/leaving";
import { useWords } from "../../words/use";
import type { Bench } from "./bench";
import { useWish } from "./useBench";

type Session = NonNullable<Bench["session"]>;

/** Nobody commissions: what it means to begin, and how it ended last time. */
export function Ended({ bench: { ended } }: { bench: Bench }) {
  const { t } = useWords();
  const { wish, busy, refused } = useWish();
  return (
    <Card title={t("bench.begin.title")} className="bench-card">
      {ended !== null && (
        <p className="bench-note" data-tone={ended.out_of_service ? "warn" : "plain"} role="status">
          <Icon name={ended.out_of_service ? "warning" : "notice"} size={18} />
          <span>
            {t(`bench.ended.${ended.why}`, { who: ended.by })} {t(ended.out_of_service ? "bench.state.out" : "bench.state.in")}
          </span>
        </p>
      )}
      <ul className="bench-means">
        <li>{t("bench.begin.out")}</li>
        <li>{t("bench.begin.exit")}</li>
        <li>{t("bench.begin.stock")}</li>
        <li>{t("bench.begin.lost")}</li>
      </ul>
      <FormProblem problem={null} words={refused} />
      <div className="form-acts bench-begin">
        {ended?.out_of_service === true && (
          <Button busy={busy} onClick={() => void wish("/api/v1/commissioning/leave", { back_in_service: true })}>
            {t("bench.back")}
          </Button>
        )}
        <Button kind="primary" icon="play" busy={busy} onClick={() => void wish("/api/v1/commissioning/begin", undefined)}>
          {t("bench.begin")}
        </Button>
      </div>
    </Card>
  );
}

/** Somebody commissions. */
export function SessionBar({ session, draft, waiting }: { session: Session; draft: number; waiting: boolean }) {
  const { t } = useWords();
  const [leaving, setLeaving] = useState(false);
  return (
    <div className="bench-bar" data-tone={session.blocked === "" ? "note" : "warn"} role="status">
      <Badge tone={session.blocked === "" ? "note" : "warn"}>{t("bench.state.badge")}</Badge>
      <p>
        {session.blocked === "" ? t("bench.state.session", { who: session.by }) : t(`bench.blocked.${session.blocked}`)}{" "}
        <span className="quiet small">
          <Age since={session.since_s} />
        </span>
      </p>
      <Button onClick={() => setLeaving(true)} aria-haspopup="dialog">
        {t("bench.leave")}
      </Button>
      {leaving && <LeaveDialog draft={draft} waiting={waiting} onClose={() => setLeaving(false)} />}
    </div>
  );
}

/** `waiting`: what was written does not hold before the next start. */
function LeaveDialog({ draft, waiting, onClose }: { draft: number; waiting: boolean; onClose: () => void }) {
  const { t, plural } = useWords();
  const { wish, busy, refused } = useWish();
  const go = async (back: boolean): Promise<void> => {
    if (!(await wish("/api/v1/commissioning/leave", { back_in_service: back }))) return;
    toast(t(back ? "bench.left.in" : "bench.left.out"), back ? "good" : "note");
    leave(onClose);
  };
  return (
    <Dialog title={t("bench.leave")} onClose={onClose}>
      <div className="form">
        <p>{t("bench.leave.words")}</p>
        {draft > 0 && <p className="bench-note" data-tone="warn">{plural("bench.leave.draft", draft)}</p>}
        {waiting && <p className="bench-note" data-tone="warn">{t("bench.leave.restart")}</p>}
        <FormProblem problem={null} words={refused} />
        <div className="form-acts">
          <Button onClick={onClose} data-first>
            {t("act.cancel")}
          </Button>
          <Button busy={busy} onClick={() => void go(false)}>
            {t("bench.leave.out")}
          </Button>
          <Button kind="primary" busy={busy} onClick={() => void go(true)}>
            {t("bench.leave.in")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
