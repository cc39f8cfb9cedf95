/** Saves the zones, with a reason; says what keeps them from being taken, and when they hold. */

import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import type { Posted } from "../../api/client";
import type { Section } from "../../api/settings";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { useWords } from "../../words/use";
import type { Zone } from "./shapes";

interface Props {
  camera: string;
  version: string;
  rows: readonly Section["rows"][number][];
  zones: readonly Zone[];
  onFresh: () => void;
  onClose: () => void;
}

export function SaveDialog({ camera, version, rows, zones, onFresh, onClose }: Props) {
  const { t, known } = useWords();
  const { send, busy, problem } = usePost("/api/v1/settings");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [told, setTold] = useState<Posted<"/api/v1/settings"> | null>(null);
  const short = reason.trim().length < 3;
  const plateless = zones.some((zone) => zone.plates.length === 0);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (short || plateless) return focusWrong(event.currentTarget);
    const cameras = rows.map((row) => (row["id"] === camera ? { ...row, zones } : row));
    setTold(await send({ version, reason: reason.trim(), check: false, changes: { camera: cameras.map((row) => ({ ...row })) }, unset: [] }));
  };
  const done = (): void => {
    onFresh();
    onClose();
  };
  const refused = told === null || told.accepted ? null : [known(`change.${told.code}`, told.words), ...told.problems.map((one) => one.words)].join(" ");
  return (
    <Dialog title={t("zones.save")} onClose={told?.accepted === true ? done : onClose}>
      {told?.accepted === true ? (
        <div className="form">
          <p>{t(told.restart_needed ? "zones.saved.restart" : "zones.saved")}</p>
          <div className="form-acts">
            {told.restart_needed && (
              <Link href="/settings" className="button" data-kind="plain" data-bare="false">
                {t("settings.title")}
              </Link>
            )}
            <Button kind="primary" data-first onClick={done}>
              {t("act.done")}
            </Button>
          </div>
        </div>
      ) : (
        <form className="form" noValidate onSubmit={(event) => void save(event)}>
          <Field label={t("zones.reason")} hint={t("zones.reason.hint")} problem={tried && short ? t("zones.reason.short") : null} value={reason} maxLength={200} data-first onChange={(event) => setReason(event.target.value)} />
          <FormProblem problem={problem} words={plateless && tried ? t("zones.plateless.words") : refused} />
          <div className="form-acts">
            <Button onClick={onClose}>{t("act.cancel")}</Button>
            <Button kind="primary" type="submit" busy={busy}>
              {t("act.save")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
