/** One recording that is kept: what it is of, and what can be done with it. */

import { useState } from "react";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { fileAddress } from "./file";
import type { Recording } from "./listed";

export function RecordingRow({ recording, onChanged }: { recording: Recording; onChanged: () => void }) {
  const { t, date, span, bytes, plural } = useWords();
  const [deleting, setDeleting] = useState(false);
  return (
    <li className="recording">
      <div>
        <p className="recording-name">{date(recording.begun_unix_s)}</p>
        <p className="small">
          {t(`recordings.of.${recording.of}`)} · {span(recording.seconds)} · {plural("recordings.visits.count", recording.visits)} · {bytes(recording.bytes)}
        </p>
        {recording.note !== "" && <p className="small">“{recording.note}”</p>}
        {recording.ended !== "time" && recording.of === "now" && <p className="small recording-end">{t(`recordings.ended.${recording.ended}`)}</p>}
        {recording.by !== "" && <p className="small quiet">{t("recordings.by", { by: recording.by })}</p>}
      </div>
      <div className="row">
        <a className="button" href={fileAddress(recording.name)} download>
          {t("recordings.fetch")}
        </a>
        <Button kind="quiet" onClick={() => setDeleting(true)}>
          {t("recordings.delete")}
        </Button>
      </div>
      {deleting && <DeleteDialog recording={recording} onClose={() => setDeleting(false)} onDeleted={onChanged} />}
    </li>
  );
}

function DeleteDialog({ recording, onClose, onDeleted }: { recording: Recording; onClose: () => void; onDeleted: () => void }) {
  const { t, known, date } = useWords();
  const { send, busy, problem } = usePost("/api/v1/recordings/{name}/delete");
  const remove = async (): Promise<void> => {
    const said = await send({}, { name: recording.name });
    if (said === null) return;
    toast(known(`recordings.code.${said.code}`, said.words), said.accepted ? "good" : "note");
    onClose();
    onDeleted();
  };
  return (
    <Dialog title={t("recordings.delete.title")} onClose={onClose}>
      <div className="form">
        <p>{t("recordings.delete.words", { at: date(recording.begun_unix_s) })}</p>
        <FormProblem problem={problem} />
        <div className="form-acts">
          <Button onClick={onClose} data-first>
            {t("act.cancel")}
          </Button>
          <Button kind="danger" busy={busy} onClick={() => void remove()}>
            {t("recordings.delete")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
