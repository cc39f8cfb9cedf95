/** Says how many units stand on a plate, where the store believes another number. */

import { type FormEvent, useState } from "react";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";

const MOST = 1000; // what the store takes for a count

export interface Counting {
  readonly plate: string;
  readonly gtin: string;
  readonly name: string;
  readonly units: number;
}

export function CountDialog({ counting, onClose }: { counting: Counting; onClose: () => void }) {
  const { t, known, number } = useWords();
  const { send, busy, problem } = usePost("/api/v1/stock");
  const [typed, setTyped] = useState(String(counting.units));
  const [wrong, setWrong] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const count = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const units = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : NaN;
    setWrong(!(units <= MOST));
    setRefused(null);
    if (!(units <= MOST)) return focusWrong(event.currentTarget);
    const told = await send({ plate: counting.plate, gtin: counting.gtin, units });
    if (told === null) return;
    if (!told.accepted) return setRefused(known(`stocktake.${told.code}`, told.words));
    toast(t("restock.counted", { what: counting.name, units: number(units), plate: counting.plate }));
    onClose();
  };
  return (
    <Dialog title={t("restock.count.which", { what: counting.name, plate: counting.plate })} onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void count(event)}>
        <p>{t("restock.count.words", { units: number(counting.units) })}</p>
        <Field label={t("restock.count.units")} inputMode="numeric" problem={wrong ? t("restock.count.wrong", { most: number(MOST) }) : null} value={typed} data-first onChange={(event) => setTyped(event.target.value)} onFocus={(event) => event.target.select()} />
        <FormProblem problem={problem} words={refused} />
        <div className="form-acts">
          <Button onClick={onClose}>{t("act.cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t("restock.count.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
