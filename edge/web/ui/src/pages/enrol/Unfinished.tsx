/** Somebody has been here before: they go on, or begin anew. */

import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import type { Begun } from "./kept";

export function Unfinished({ begun, onGo, onAnew }: { begun: Begun; onGo: () => void; onAnew: () => void }) {
  const { t } = useWords();
  const { send } = usePost("/api/v1/enrolments/{token}/end");
  const anew = (): void => {
    if (begun.token !== "") void send({}, { token: begun.token }); // photographs that stay go by themselves after an hour
    onAnew();
  };
  const name = begun.draft.name.trim() === "" ? begun.draft.gtin : begun.draft.name;
  return (
    <section className="enrol-resumed" aria-label={t("enrol.taken.title")}>
      <Icon name="clock" />
      <div>
        <p>
          <b>{t("enrol.taken.title")}</b>
          {name !== "" && `: ${name}`}
        </p>
        <p className="small">{t("enrol.taken.words")}</p>
      </div>
      <div className="row">
        <Button onClick={anew} title={t("enrol.anew.words")}>
          {t("enrol.anew")}
        </Button>
        <Button kind="primary" onClick={onGo}>
          {t("act.next")}
        </Button>
      </div>
    </section>
  );
}
