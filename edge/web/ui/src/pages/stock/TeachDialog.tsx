/** Teaches the store what one piece of a product weighs: which product and plate, put the pieces on it, say how many there are. */

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { Posted } from "../../api/client";
import { usePost, useSnapshot } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Facts } from "../../parts/Facts";
import { Field } from "../../parts/Field";
import { Weight } from "../../parts/Figures";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Select } from "../../parts/Select";
import { useWords } from "../../words/use";
import { ConditionBadge } from "../shelf/ConditionBadge";
import { farFrom, piecesIn } from "./shelves";
import "./teach.css";

const MOST_PIECES = 500; // what the store takes for a count
const STEPS = ["choose", "put", "learned"] as const;
type Step = (typeof STEPS)[number];
type Told = Posted<"/api/v1/counts">;

/** `first`: the product to begin with, "" where it is to be chosen. */
export function TeachDialog({ first, onClose }: { first: string; onClose: () => void }) {
  const { t } = useWords();
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const [step, setStep] = useState<Step>("choose");
  const [gtin, setGtin] = useState(first === "" ? (products[0]?.gtin ?? "") : first);
  const [chosenPlate, setPlate] = useState<string | null>(null);
  const [fromG, setFromG] = useState<number | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => own.current?.querySelector<HTMLElement>("[data-first]")?.focus(), [step]);
  const product = products.find((one) => one.gtin === gtin);
  const plate = plates.find((one) => one.plate === (chosenPlate ?? product?.places.find((place) => place.full_units > 0)?.plate)) ?? plates[0];
  if (product === undefined || plate === undefined) return null;
  const begin = (): void => {
    setFromG(plate.grams);
    setStep("put");
  };
  return (
    <Dialog title={t("teach.title")} onClose={onClose}>
      <ol className="teach-steps" aria-label={t("teach.steps")}>
        {STEPS.map((one, place) => (
          <li key={one} data-state={place < STEPS.indexOf(step) ? "done" : one === step ? "now" : "next"} {...(one === step ? { "aria-current": "step" as const } : {})}>
            {t(`teach.step.${one}`)}
          </li>
        ))}
      </ol>
      <div ref={own}>
        {step === "choose" && (
          <div className="form">
            <Visiting />
            <Select label={t("teach.product")} options={products.map((one) => ({ value: one.gtin, words: one.name }))} value={gtin} onChoose={setGtin} data-first />
            <Select label={t("plate.name")} hint={t("teach.plate.hint")} options={plates.map((one) => ({ value: one.plate, words: one.plate }))} value={plate.plate} onChoose={setPlate} />
            <div className="form-acts">
              <Button onClick={onClose}>{t("act.cancel")}</Button>
              <Button kind="primary" onClick={begin}>
                {t("act.next")}
              </Button>
            </div>
          </div>
        )}
        {step === "put" && (
          <Put
            plate={plate.plate}
            gtin={gtin}
            fromG={fromG}
            onBack={() => setStep("choose")}
            onTold={(said) => {
              setTold(said);
              setStep("learned");
            }}
          />
        )}
        {step === "learned" && told !== null && <Learned told={told} name={product.name} catalogueG={product.catalogue_g} onAgain={() => setStep("choose")} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

/** Whether somebody of the staff is at the cabinet, without whom nothing can be counted. */
function Visiting() {
  const { t } = useWords();
  const role = useSnapshot((snapshot) => snapshot.visit?.role ?? null);
  const [tone, words]: readonly [Tone, string] =
    role === null ? ["note", t("teach.visit.none")] : role === "shopper" ? ["warn", t("teach.visit.shopper")] : ["good", t("teach.visit.staff")];
  return (
    <p className="teach-visit" role="status">
      <Badge tone={tone}>{t(`teach.visit.${tone === "good" ? "ready" : "wait"}`)}</Badge> <span className="small">{words}</span>
    </p>
  );
}

interface PutProps {
  plate: string;
  gtin: string;
  fromG: number | null;
  onBack: () => void;
  onTold: (told: Told) => void;
}

function Put({ plate: name, gtin, fromG, onBack, onTold }: PutProps) {
  const { t, known, number, exact } = useWords();
  const nowG = useSnapshot((snapshot) => snapshot.plates.find((one) => one.plate === name)?.grams ?? null);
  const eachG = useSnapshot((snapshot) => snapshot.stock.products.find((one) => one.gtin === gtin)?.catalogue_g ?? 0);
  const product = useSnapshot((snapshot) => snapshot.stock.products.find((one) => one.gtin === gtin)?.name ?? gtin);
  const { send, busy, problem } = usePost("/api/v1/counts");
  const [units, setUnits] = useState("");
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [doubted, setDoubted] = useState<number | null>(null);
  const count = Number(units);
  const wrong = !Number.isInteger(count) || count < 1 || count > MOST_PIECES;
  const addedG = nowG === null || fromG === null ? null : nowG - fromG;
  const seemsG = piecesIn(addedG, eachG) === 0 || wrong ? null : Math.abs(addedG ?? 0) / count;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (wrong) return focusWrong(event.currentTarget);
    if (seemsG !== null && farFrom(seemsG, eachG) && doubted !== count) return setDoubted(count);
    const said = await send({ plate: name, gtin, units: count });
    if (said === null) return;
    if (said.accepted) onTold(said);
    else setRefused(known(`count.${said.code}`, said.words));
  };
  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <p>{t("teach.put", { product, plate: name })}</p>
      <Live plate={name} addedG={addedG} eachG={eachG} />
      <Field
        label={t("teach.units")}
        type="number"
        inputMode="numeric"
        min={1}
        max={MOST_PIECES}
        step={1}
        value={units}
        onChange={(event) => setUnits(event.target.value)}
        problem={tried && wrong ? t("teach.units.wrong", { most: number(MOST_PIECES) }) : null}
        data-first
      />
      <div role="status">
        {doubted === count && seemsG !== null && <p className="teach-far small">{t("teach.doubt", { each: exact(seemsG), catalogue: exact(eachG) })}</p>}
      </div>
      <FormProblem problem={problem} words={refused} />
      <div className="form-acts">
        <Button onClick={onBack}>{t("act.back")}</Button>
        <Button type="submit" kind="primary" busy={busy}>
          {t("teach.learn")}
        </Button>
      </div>
    </form>
  );
}

/** The plate as it is now, and what was put on it since the dialog turned to it. */
function Live({ plate: name, addedG, eachG }: { plate: string; addedG: number | null; eachG: number }) {
  const { t, change, plural } = useWords();
  const plate = useSnapshot((snapshot) => snapshot.plates.find((one) => one.plate === name));
  if (plate === undefined) return null;
  const pieces = piecesIn(addedG, eachG);
  return (
    <div className="teach-plate">
      <p className="teach-plate-head">
        <b>{name}</b> <ConditionBadge plate={plate} />
      </p>
      <p className="teach-grams" aria-live="off">
        <Weight grams={plate.grams} />
      </p>
      <p className="small">
        {addedG === null || pieces === 0 ? <span className="quiet">{t("teach.nothing")}</span> : `${t("teach.since", { change: change(addedG) })} ${plural("teach.about", pieces)}`}
      </p>
    </div>
  );
}

interface LearnedProps {
  told: Told;
  name: string;
  catalogueG: number;
  onAgain: () => void;
  onClose: () => void;
}

function Learned({ told, name, catalogueG, onAgain, onClose }: LearnedProps): ReactNode {
  const { t, exact } = useWords();
  return (
    <div className="form">
      <p role="status">
        <Badge tone="good">{t("count.counted")}</Badge> {name}
      </p>
      <Facts
        rows={[
          [t("teach.each"), typeof told.each_g === "number" ? exact(told.each_g) : null],
          [t("teach.learned"), typeof told.learned_g === "number" ? exact(told.learned_g) : null],
          [t("teach.catalogue"), exact(catalogueG)],
        ]}
      />
      {typeof told.each_g === "number" && farFrom(told.each_g, catalogueG) && <p className="teach-far small">{t("teach.far")}</p>}
      <div className="form-acts">
        <Button onClick={onAgain}>{t("teach.again")}</Button>
        <Button kind="primary" onClick={onClose} data-first>
          {t("act.done")}
        </Button>
      </div>
    </div>
  );
}
