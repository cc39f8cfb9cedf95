/** Lets a program in: what it is for, what it may do, for how long. */

import { type FormEvent, useState } from "react";
import type { Posted } from "../../api/client";
import { type Right, useMe } from "../../api/me";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Select } from "../../parts/Select";
import { useWords } from "../../words/use";
import { LIVES } from "./words";

export function NewToken({ onMade, onClose }: { onMade: (made: Posted<"/api/v1/tokens">) => void; onClose: () => void }) {
  const { t, known } = useWords();
  const mine = useMe()?.rights ?? [];
  const { send, busy, problem } = usePost("/api/v1/tokens");
  const [name, setName] = useState("");
  const [rights, setRights] = useState<readonly Right[]>([]);
  const [life, setLife] = useState("365");
  const [tried, setTried] = useState(false);
  const nameless = name.trim() === "";
  const make = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (nameless || rights.length === 0) return focusWrong(event.currentTarget);
    const made = await send({ name: name.trim(), rights: [...rights], expires_days: life === "" ? null : Number(life) });
    if (made !== null) onMade(made);
  };
  const turn = (right: Right): void => setRights((now) => (now.includes(right) ? now.filter((one) => one !== right) : [...now, right]));
  return (
    <form className="form" noValidate onSubmit={(event) => void make(event)}>
      <Field label={t("tokens.name")} hint={t("tokens.name.hint")} problem={tried && nameless ? t("people.name.wrong") : null} value={name} maxLength={40} autoComplete="off" data-first onChange={(event) => setName(event.target.value)} />
      <fieldset className="rights" aria-describedby="rights-hint">
        <legend className="label">{t("tokens.rights")}</legend>
        <p id="rights-hint" className="small quiet">
          {t("tokens.rights.hint")}
        </p>
        {mine.map((right) => (
          <label key={right}>
            <input type="checkbox" checked={rights.includes(right)} onChange={() => turn(right)} />
            <span>{known(`right.${right}`, right)}</span>
          </label>
        ))}
      </fieldset>
      <Select label={t("tokens.life")} options={LIVES.map(([days, words]) => ({ value: days === null ? "" : String(days), words: t(words) }))} value={life} onChoose={setLife} />
      <FormProblem problem={problem} words={tried && rights.length === 0 ? t("tokens.rights.wrong") : null} />
      <div className="form-acts">
        <Button onClick={onClose}>{t("act.cancel")}</Button>
        <Button kind="primary" type="submit" busy={busy}>
          {t("tokens.add.do")}
        </Button>
      </div>
    </form>
  );
}
