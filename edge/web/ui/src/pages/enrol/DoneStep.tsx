/** What became of it: in the catalogue, known to the eye or not yet, and what comes next. */

import { useCallback, useEffect, useRef, useState } from "react";
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

/** Has the eye learn the photographs of an enrolment; says what came of it, and how to try again. */
export function Learned({ gtin, token }: { gtin: string; token: string }) {
  const { t, known, plural } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const { value, problem: unknown } = useEnrolment(token);
  const { send, busy, problem } = usePost("/api/v1/enrolments/{token}/save");
  const [refused, setRefused] = useState<string | null>(null);
  const asked = useRef(false);
  const [said, setSaid] = useState(false); // what troubled the photographing is over by then
  const used = usedOf(value?.views ?? []);
  const save = useCallback(async (): Promise<void> => {
    setRefused(null);
    const answer = await send({ gtin }, { token });
    setSaid(true);
    if (answer?.accepted === false) setRefused(known(`enrol.said.${answer.code}`, answer.words));
  }, [send, gtin, token, known]);
  useEffect(() => {
    if (asked.current || value === null || value.step !== "taking" || used === 0) return;
    asked.current = true;
    void save();
  }, [value, used, save]);
  if (value === null) return unknown === null && token !== "" ? null : <p>{t("enrol.done.unseen")}</p>;
  if (value.step === "done") {
    return (
      <p className="enrol-outcome" role="status">
        <Icon name="eye" /> {plural("enrol.done.known", used)}
      </p>
    );
  }
  if (used === 0) return <p>{t("enrol.done.unseen")}</p>;
  const why = refused ?? (!said || value.trouble === null ? null : known(`enrol.trouble.${value.trouble}`, value.detail));
  if (why === null && problem === null) {
    return (
      <p className="enrol-outcome" role="status">
        <Icon name="moving" /> {t("enrol.done.learning")}
      </p>
    );
  }
  return (
    <div className="enrol-unlearned">
      <p role="alert">
        <Badge tone="bad">{t("enrol.done.trouble")}</Badge> {why}
      </p>
      <Button icon="again" busy={busy || value.step === "waiting"} disabled={cut} onClick={() => void save()}>
        {t("act.again")}
      </Button>
      <FormProblem problem={problem} />
    </div>
  );
}
