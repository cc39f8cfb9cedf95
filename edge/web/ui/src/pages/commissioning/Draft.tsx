/** What the steps have found and nobody has written yet: value by value, before and after; written as one change. */

import { type FormEvent, useContext, useState } from "react";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { toast } from "../../parts/Toast";
import { leave } from "../../shell/leaving";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { type Bench, grouped } from "./bench";
import { Again, useWish } from "./useBench";

const LEAST_REASON = 3; // characters; the store refuses less

export function Draft({ bench }: { bench: Bench }) {
  const { t, known, plural } = useWords();
  const { wish, busy } = useWish();
  const [writing, setWriting] = useState(false);
  const drop = (section: string, name: string): void => void wish("/api/v1/commissioning/drop", { section: section as "plate", name });
  return (
    <Card title={t(bench.draft.length > 0 ? "bench.draft" : "bench.restart.title")} aside={bench.draft.length > 0 ? plural("bench.draft.count", bench.draft.length) : undefined} className="bench-draft">
      {bench.restart_needed && <RestartNote inside={bench.session !== null} />}
      {bench.draft.length > 0 && (
        <>
          <p className="quiet small">{t("bench.draft.words")}</p>
          <ul className="bench-rows">
            {grouped(bench.draft).map(({ section, name, rows }) => (
              <li key={`${section} ${name}`}>
                <div>
                  <p>
                    <span className="quiet">{known(`bench.section.${section}`, section)}</span> <b>{name}</b>
                  </p>
                  <dl className="bench-values">
                    {rows.map(({ key, before, after }) => (
                      <div key={key}>
                        <dt className="mono small">{key}</dt>
                        <dd>
                          {before !== "" && (
                            <>
                              <s className="quiet">{before}</s> <Icon name="forward" size={14} />{" "}
                            </>
                          )}
                          <b>{after === "" ? t("bench.draft.removed") : after}</b>
                        </dd>
                      </div>
                    ))}
                  </dl>
                </div>
                <Button kind="quiet" icon="close" busy={busy} aria-label={t("bench.draft.drop", { name })} title={t("bench.draft.drop", { name })} onClick={() => drop(section, name)} />
              </li>
            ))}
          </ul>
          <div className="form-acts">
            <Button busy={busy} onClick={() => drop("", "")}>
              {t("bench.draft.dropAll")}
            </Button>
            <Button kind="primary" aria-haspopup="dialog" onClick={() => setWriting(true)}>
              {t("bench.draft.write")}
            </Button>
          </div>
        </>
      )}
      {writing && <WriteDialog onClose={() => setWriting(false)} />}
    </Card>
  );
}

function WriteDialog({ onClose }: { onClose: () => void }) {
  const { t, known } = useWords();
  const again = useContext(Again);
  const { send, busy, problem } = usePost("/api/v1/commissioning/write");
  const [reason, setReason] = useState(t("bench.write.reason"));
  const [refused, setRefused] = useState<readonly string[]>([]);
  const tooShort = reason.trim().length < LEAST_REASON;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused([]);
    if (tooShort) return focusWrong(event.currentTarget);
    const done = await send({ reason: reason.trim(), check: false });
    if (done === null) return;
    again();
    if (!done.accepted) return setRefused([known(`change.${done.code}`, done.words), ...(done.problems ?? []).map(({ words }) => words)]);
    toast(t("bench.written"));
    leave(onClose);
  };
  return (
    <Dialog title={t("bench.draft.write")} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void submit(event)}>
        <p className="quiet">{t("bench.write.words")}</p>
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
        <FormProblem problem={problem} words={refused.length === 0 ? null : refused.join(" ")} />
        <div className="form-acts">
          <Button onClick={onClose}>{t("act.cancel")}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {t("bench.draft.write")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What was written waits for the next start. */
function RestartNote({ inside }: { inside: boolean }) {
  const { t } = useWords();
  const may = useMay();
  const { send, busy, problem } = usePost("/api/v1/restart");
  return (
    <div className="bench-note" data-tone="note" role="status">
      <Icon name="notice" size={18} />
      <div className="form">
        <p>
          {t("bench.restart.words")} {inside && t("bench.restart.ends")}
        </p>
        <FormProblem problem={problem} />
        {may("restart") && (
          <p>
            <Button icon="again" busy={busy} onClick={() => void send({ reason: t("bench.write.reason") })}>
              {t("bench.restart")}
            </Button>
          </p>
        )}
      </div>
    </div>
  );
}
