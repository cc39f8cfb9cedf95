/** Every setting that changes, from what to what and from when on, before it is saved. */

import { type FormEvent, useState } from "react";
import type { Settings } from "../../api/settings";
import { usePost } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { type Edited, keyOf, type Told } from "./edits";
import { useSettingWords } from "./useSettingWords";
import { useShown } from "./useShown";

const LEAST_REASON = 3; // characters; the store refuses less

interface Props {
  settings: Settings;
  changed: readonly Edited[];
  told: Told;
  onFresh: () => void;
  onClose: () => void;
  onSaved: (words: string) => void;
}

export function ReviewDialog({ settings, changed, told, onFresh, onClose, onSaved }: Props) {
  const { t, known } = useWords();
  const { titleOf, sectionOf } = useSettingWords();
  const shown = useShown();
  const { send, busy, problem } = usePost("/api/v1/settings");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const tooShort = reason.trim().length < LEAST_REASON;
  const later = changed.some(({ field }) => field.applies === "restart");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (tooShort) return focusWrong(event.currentTarget);
    const done = await send({ version: settings.version, reason: reason.trim(), check: false, ...told });
    if (done === null) return;
    if (done.accepted) return onSaved(known(`change.${done.code}`, done.words));
    setRefused(done.code === "invalid" ? done.problems.map((one) => one.words).join(" ") : known(`change.${done.code}`, done.words));
    if (done.code === "stale") onFresh();
  };
  return (
    <Dialog title={t("planogram.review.title")} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <ul className="settings-changes">
          {changed.map(({ spot, field, was, now }) => (
            <li key={keyOf(spot)}>
              <p>
                <b>{titleOf(spot.section, field)}</b> <span className="small quiet">{sectionOf(spot.section)}</span>
              </p>
              <p className="settings-change">
                <span className="quiet">{shown(field, was)}</span>
                <Icon name="forward" size={14} />
                <span className="unseen">{t("settings.becomes")}</span>
                <b>{shown(field, now)}</b>
              </p>
              <p className="row">
                <Badge tone={field.applies === "restart" ? "note" : "plain"} icon={null}>
                  {known(`settings.applies.${field.applies}`, field.applies)}
                </Badge>
                {field.dangerous && <Badge tone="warn">{t("settings.dangerous")}</Badge>}
              </p>
            </li>
          ))}
        </ul>
        {changed.some(({ field }) => field.dangerous) && <p className="settings-danger small">{t("settings.dangerous.words")}</p>}
        {later && <p className="small quiet">{t("settings.means.restart")}</p>}
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
          <Button onClick={onClose}>{t("act.back")}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t("act.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
