/** Begins a recording, or makes one of what is over. */

import { type FormEvent, useState } from "react";
import type { Posted } from "../../api/client";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { FormProblem } from "../../parts/FormProblem";
import { Select } from "../../parts/Select";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { backMinutes, LENGTHS_S, type Recordings } from "./listed";

const USUAL_S = 300;
const MOST_NOTE = 200; // characters

export function RecordForm({ memory, onMade }: { memory: Recordings["memory"]; onMade: () => void }) {
  const { t, known, span, bytes } = useWords();
  const now = usePost("/api/v1/recordings");
  const last = usePost("/api/v1/recordings/last");
  const [seconds, setSeconds] = useState<number>(USUAL_S);
  const [minutes, setMinutes] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const choices = backMinutes(memory.minutes);
  const back = minutes ?? choices.at(-1) ?? 0;
  const told = (said: Posted<"/api/v1/recordings"> | null): void => {
    if (said === null) return;
    const words = known(`recordings.code.${said.code}`, said.words);
    if (!said.accepted) return setRefused(words);
    setNote("");
    toast(words);
    onMade();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(null);
    told(await now.send({ seconds, note }));
  };
  const keep = async (): Promise<void> => {
    setRefused(null);
    told(await last.send({ minutes: back, note }));
  };
  return (
    <Card title={t("recordings.new")}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <Field label={t("recordings.note")} hint={t("recordings.note.hint")} name="note" autoComplete="off" maxLength={MOST_NOTE} value={note} onChange={(event) => setNote(event.target.value)} />
        <div className="recordings-way">
          <Select
            label={t("recordings.length")}
            options={LENGTHS_S.map((value) => ({ value: String(value), words: span(value) }))}
            value={String(seconds)}
            onChoose={(value) => setSeconds(Number(value))}
          />
          <Button type="submit" kind="primary" icon="record" busy={now.busy}>
            {t("recordings.begin")}
          </Button>
        </div>
        {choices.length > 0 && (
          <>
            <div className="recordings-way">
              <Select
                label={t("recordings.last")}
                options={choices.map((value) => ({ value: String(value), words: span(value * 60) }))}
                value={String(back)}
                onChoose={(value) => setMinutes(Number(value))}
              />
              <Button icon="again" busy={last.busy} onClick={() => void keep()}>
                {t("recordings.keep")}
              </Button>
            </div>
            <p className="small quiet">{t("recordings.memory", { span: span(memory.seconds), bytes: bytes(memory.bytes) })}</p>
          </>
        )}
        <FormProblem problem={now.problem ?? last.problem} words={refused} />
      </form>
    </Card>
  );
}
