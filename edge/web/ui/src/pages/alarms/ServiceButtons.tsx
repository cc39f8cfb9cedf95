/** Takes the cabinet out of service or back, whichever it is not. */

import { useState } from "react";
import type { Alarm } from "../../api/store";
import { useLine, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { takenOut } from "./groups";
import { type ServiceAction, ServiceDialog } from "./ServiceDialog";
import "./service.css";

export function ServiceButton() {
  const out = useSnapshot((snapshot) => takenOut(snapshot.alarms));
  return <ServiceAct action={out ? "return_to_service" : "take_out_of_service"} />;
}

/** Acknowledges faults that stay until somebody does; nothing where there are none. */
export function AcknowledgeButton() {
  const latched = useSnapshot((snapshot) => snapshot.alarms.some((alarm) => alarm.latched));
  return latched ? <ServiceAct action="clear_faults" /> : null;
}

/** Acknowledges this fault alone. `called`: what has it, in the reader's words. */
export function OneButton({ alarm, called }: { alarm: Alarm; called: string }) {
  const { t, known } = useWords();
  const may = useMay();
  const cut = useLine((state) => state.line === "cut");
  const [asking, setAsking] = useState(false);
  if (!alarm.latched || !may("service")) return null;
  const name = t("service.one.name", { act: t("service.one"), fault: known(`fault.${alarm.code}.words`, alarm.words), subject: called });
  return (
    <>
      <Button kind="quiet" icon="check" disabled={cut} aria-haspopup="dialog" aria-label={name} onClick={() => setAsking(true)}>
        {t("service.one")}
      </Button>
      {asking && <ServiceDialog action="clear_faults" only={alarm} onClose={() => setAsking(false)} />}
    </>
  );
}

function ServiceAct({ action }: { action: ServiceAction }) {
  const { t } = useWords();
  const may = useMay();
  const cut = useLine((state) => state.line === "cut");
  const [asking, setAsking] = useState<ServiceAction | null>(null);
  if (!may("service")) return null;
  return (
    <>
      <Button kind={action === "return_to_service" ? "primary" : "plain"} icon={action === "clear_faults" ? "check" : action === "return_to_service" ? "unlocked" : "locked"} disabled={cut} aria-haspopup="dialog" onClick={() => setAsking(action)}>
        {t(`service.${action}`)}
      </Button>
      {asking !== null && <ServiceDialog action={asking} onClose={() => setAsking(null)} />}
    </>
  );
}
