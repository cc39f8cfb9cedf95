/** The photographs so far: what each shows, whether it will do, and what to do about it. */

import { usePost } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { FormProblem } from "../../parts/FormProblem";
import { Picture } from "../../parts/Picture";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { standingOf, type View } from "./views";

export function Views({ token, views, disabled }: { token: string; views: readonly View[]; disabled: boolean }) {
  const { t, known, list } = useWords();
  const { send, busy, problem } = usePost("/api/v1/enrolments/{token}/views/{view}");
  const mind = (view: View, action: "drop" | "keep"): void => void send({ action }, { token, view: String(view.number) });
  if (views.length === 0) {
    return (
      <Empty icon="camera" title={t("enrol.photographs.none")} calm>
        {t("enrol.photographs.none.words")}
      </Empty>
    );
  }
  return (
    <>
      <ul className="enrol-views">
        {views.map((view, place) => {
          const { tone, word } = standingOf(view);
          const number = place + 1;
          return (
            <li key={view.number} data-used={view.used}>
              <Picture name={view.picture} alt={t("enrol.view", { number })} />
              <div className="enrol-view-says">
                <Badge tone={tone}>{t(`enrol.view.${word}`)}</Badge>
                {view.flaw !== null && <p className="small">{known(`enrol.flaw.${view.flaw}`, view.flaw).replace("{codes}", list(view.codes))}</p>}
              </div>
              {view.flaw === "odd" && (
                <Button className="enrol-view-keep" disabled={busy || disabled} onClick={() => mind(view, "keep")}>
                  {t("enrol.view.keep")}
                </Button>
              )}
              <Button
                kind="quiet"
                icon="close"
                className="enrol-view-drop"
                aria-label={t("enrol.view.drop", { number })}
                disabled={busy || disabled}
                onClick={() => mind(view, "drop")}
              />
            </li>
          );
        })}
      </ul>
      <FormProblem problem={problem} />
    </>
  );
}
