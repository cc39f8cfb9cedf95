/** What became of it: in the catalogue, known to the eye or not yet, and what comes next. */

import { Link } from "wouter";
import { useLine, usePost } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { useEnrolment } from "./useEnrolment";
import { usedOf } from "./views";

interface Props {
  name: string;
  gtin: string;
  token: string;
  cameras: boolean;
  onAnother: () => void;
}

export function DoneStep({ name, gtin, token, cameras, onAnother }: Props) {
  const { t } = useWords();
  return (
    <>
      <p className="enrol-outcome">
        <Icon name="check" /> <b>{t("enrol.done.catalogue", { product: name })}</b>
      </p>
      {cameras && <Learned gtin={gtin} token={token} />}
      <p className="quiet">{t("enrol.done.place.words")}</p>
      <div className="form-acts">
        <Button onClick={onAnother}>{t("enrol.done.another")}</Button>
        <Link href={`/products/${gtin}`} className="button" data-kind="plain">
          {t("enrol.done.look")}
        </Link>
        <Link href="/planogram" className="button" data-kind="primary">
          {t("enrol.done.place")}
        </Link>
      </div>
    </>
  );
}

/** Whether the eye has learned the photographs of an enrolment, and a way to try again where it has not. */
export function Learned({ gtin, token }: { gtin: string; token: string }) {
  const { t, known, plural } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const { value, problem } = useEnrolment(token);
  const { send, busy, problem: unsent } = usePost("/api/v1/enrolments/{token}/save");
  if (value === null) return problem === null && token !== "" ? null : <p>{t("enrol.done.unseen")}</p>;
  if (value.step === "done") {
    return (
      <p className="enrol-outcome" role="status">
        <Icon name="eye" /> {plural("enrol.done.known", usedOf(value.views))}
      </p>
    );
  }
  if (value.step === "waiting") {
    return (
      <p className="enrol-outcome" role="status">
        <Icon name="moving" /> {t("enrol.done.learning")}
      </p>
    );
  }
  if (usedOf(value.views) === 0) return <p>{t("enrol.done.unseen")}</p>;
  return (
    <div className="enrol-unlearned" role="alert">
      <p>
        <Badge tone="bad">{t("enrol.done.trouble")}</Badge> {value.trouble !== null && known(`enrol.trouble.${value.trouble}`, value.detail)}
      </p>
      <Button icon="again" busy={busy} disabled={cut} onClick={() => void send({ gtin }, { token })}>
        {t("act.again")}
      </Button>
      <FormProblem problem={unsent} />
    </div>
  );
}
