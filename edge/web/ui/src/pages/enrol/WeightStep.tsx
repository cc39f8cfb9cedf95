/** What one piece weighs: a few of them on a plate, or typed in. */

import { type FormEvent, useEffect, useState } from "react";
import type { Posted } from "../../api/client";
import { useLine, usePost, useSnapshot } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Field } from "../../parts/Field";
import { Weight } from "../../parts/Figures";
import { FormProblem } from "../../parts/FormProblem";
import { Select } from "../../parts/Select";
import { shortest } from "../../words/typed";
import { useWords } from "../../words/use";
import { GRAM_DECIMALS } from "../products/draft";
import { ConditionBadge } from "../shelf/ConditionBadge";
import type { StepProps } from "./NewProductPage";
import { reacted, weightsOf } from "./weighing";

const MOST_PIECES = 500; // what the store takes for a count
const ANY = "";
type Weighed = Posted<"/api/v1/weighings">;

export function WeightStep({ begun, onBegun, bind }: StepProps) {
  const { t } = useWords();
  const plates = useSnapshot((snapshot) => snapshot.plates.length > 0);
  const [typing, setTyping] = useState(!plates);
  const take = (told: Weighed, plate: string, language: string): void => {
    const grams = (value: number | null | undefined): string =>
      typeof value === "number" ? shortest(Math.round(value * 10 ** GRAM_DECIMALS), GRAM_DECIMALS, language) : "";
    onBegun({ draft: { ...begun.draft, weight: grams(told.each_g), spread: grams(told.spread_g) }, plate });
  };
  return (
    <>
      <p>{t("enrol.weight.words")}</p>
      {plates && (
        <Choice
          label={t("enrol.weight.how")}
          options={[
            { value: "weigh", words: t("enrol.weight.weigh") },
            { value: "type", words: t("enrol.weight.type") },
          ]}
          value={typing ? "type" : "weigh"}
          onChoose={(how) => setTyping(how === "type")}
        />
      )}
      {!typing && <Weighing onWeighed={take} />}
      {(typing || begun.draft.weight !== "") && (
        <div>
          <div className="enrol-pair">
            <Field unit="g" inputMode="decimal" maxLength={12} required {...(typing ? { "data-first": true } : {})} {...bind("weight")} />
            <Field unit="± g" inputMode="decimal" maxLength={12} {...bind("spread")} />
          </div>
          <p className="small quiet">{t("product.weight.hint")}</p>
        </div>
      )}
    </>
  );
}

/** Pieces are put on a plate, counted by a person and weighed by the store. */
function Weighing({ onWeighed }: { onWeighed: (told: Weighed, plate: string, language: string) => void }) {
  const { t, known, number, exact, change, language } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const { send, busy, problem } = usePost("/api/v1/weighings");
  const [from, setFrom] = useState(() => weightsOf(plates));
  const [chosen, setChosen] = useState(ANY);
  const [units, setUnits] = useState("");
  const [tried, setTried] = useState(false);
  const [told, setTold] = useState<Weighed | null>(null);
  const now = reacted(from, plates)?.plate ?? null;
  const [felt, setFelt] = useState<string | null>(null); // stays while the plate moves and has no weight
  const name = chosen === ANY ? (now ?? felt) : chosen;
  const plate = plates.find((one) => one.plate === name);
  const was = name === null ? undefined : from.get(name);
  const addedG = plate === undefined || plate.grams === null || was === undefined ? null : plate.grams - was;
  const count = Number(units);
  const wrong = !Number.isInteger(count) || count < 1 || count > MOST_PIECES;
  useEffect(() => {
    if (now !== null) setFelt(now);
  }, [now]);
  const weigh = async (event: FormEvent | KeyboardEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setTold(null);
    if (wrong || name === null) return;
    const said = await send({ plate: name, units: count });
    if (said === null) return;
    setTold(said);
    if (said.accepted) onWeighed(said, name, language);
  };
  const again = (): void => {
    setTold(null);
    setUnits("");
    setTried(false);
    setFrom(weightsOf(plates));
    setFelt(null);
  };
  return (
    <div className="enrol-weigh">
      <Visiting />
      <p>{t("enrol.weight.put")}</p>
      <Select
        label={t("enrol.weight.plate")}
        options={[{ value: ANY, words: t("enrol.weight.any") }, ...plates.map((one) => ({ value: one.plate, words: one.plate }))]}
        value={chosen}
        onChoose={setChosen}
      />
      <div className="enrol-plate" role="group" aria-label={t("enrol.weight.plate")}>
        {plate === undefined ? (
          <p className="quiet">{t("enrol.weight.waits")}</p>
        ) : (
          <>
            <p className="enrol-plate-head">
              <b>{plate.plate}</b> <ConditionBadge plate={plate} />
            </p>
            <p className="enrol-grams" aria-live="off">
              <Weight grams={plate.grams} />
            </p>
            <p className="small">{addedG === null ? <span className="quiet">{t("enrol.weight.waits")}</span> : t("enrol.weight.on", { change: change(addedG) })}</p>
          </>
        )}
      </div>
      <p className="unseen" role="status">
        {felt !== null && chosen === ANY && t("enrol.weight.reacted", { plate: felt })}
      </p>
      <div className="enrol-pieces">
        <Field
          label={t("enrol.weight.units")}
          type="number"
          inputMode="numeric"
          min={1}
          max={MOST_PIECES}
          step={1}
          value={units}
          onChange={(event) => setUnits(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && void weigh(event.nativeEvent)}
          problem={tried && wrong ? t("teach.units.wrong", { most: number(MOST_PIECES) }) : null}
          data-first
        />
        <Button kind="primary" icon="weight" busy={busy} disabled={cut || name === null} onClick={(event) => void weigh(event)}>
          {t("enrol.weight.now")}
        </Button>
      </div>
      <div role="status">
        {told?.accepted === true && typeof told.each_g === "number" && (
          <div className="enrol-weighed">
            <p>
              {t("enrol.weight.each")} <b className="figure">{exact(told.each_g)}</b>{" "}
              <span className="quiet small">{t("enrol.weight.sure", { spread: exact(told.each_sd_g ?? 0) })}</span>
            </p>
            <p className="small quiet">{typeof told.spread_g === "number" ? t("enrol.weight.differ", { spread: exact(told.spread_g) }) : t("enrol.weight.handful")}</p>
            <p className="row">
              <Badge tone="good">{t("enrol.weight.taken")}</Badge>
              <Button kind="quiet" icon="again" onClick={again}>
                {t("enrol.weight.again")}
              </Button>
            </p>
          </div>
        )}
      </div>
      <FormProblem problem={problem} words={told?.accepted === false ? known(`count.${told.code}`, told.words) : null} />
    </div>
  );
}

/** Whether somebody of the staff is at the cabinet, so that its door may stand open. */
function Visiting() {
  const { t } = useWords();
  const role = useSnapshot((snapshot) => snapshot.visit?.role ?? null);
  const [tone, words]: readonly [Tone, string] =
    role === null ? ["note", t("teach.visit.none")] : role === "shopper" ? ["warn", t("teach.visit.shopper")] : ["good", t("teach.visit.staff")];
  return (
    <p className="enrol-visit" role="status">
      <Badge tone={tone}>{t(`teach.visit.${tone === "good" ? "ready" : "wait"}`)}</Badge> <span className="small">{words}</span>
    </p>
  );
}
