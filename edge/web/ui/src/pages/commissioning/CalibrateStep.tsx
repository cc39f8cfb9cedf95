/** Puts known masses on a plate: its zero, its factor, and whether to believe it. */

import { useState } from "react";
import { Choice } from "../../parts/Choice";
import { Facts } from "../../parts/Facts";
import { Field } from "../../parts/Field";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import { type Found, type Order, procedureOf, subjectNow } from "./bench";
import { massesOf } from "./masses";
import { tenth } from "./saying";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Subjects } from "./Subjects";
import { Telling } from "./Telling";

type Calibration = NonNullable<Found["calibration"]>;

const REPEATS = ["1", "2", "3"] as const;

export function CalibrateStep(props: StepProps) {
  const { t, number } = useWords();
  const { bench, step } = props;
  const procedure = procedureOf(bench, "calibrate");
  const calibration = procedure?.found.calibration ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const [masses, setMasses] = useState("1000");
  const [repeats, setRepeats] = useState<(typeof REPEATS)[number]>("2");
  const [zero, setZero] = useState<"no" | "yes">("no");
  const [tried, setTried] = useState(false);
  const plate = chosen ?? subjectNow(step, procedure);
  const grams = massesOf(masses);
  const order = (): Order | null => {
    setTried(true);
    return grams === null ? null : { subject: plate, masses_g: [...grams], repeats: Number(repeats) };
  };
  const result =
    calibration === null
      ? undefined
      : t(calibration.factor.toFixed(3) === "1.000" ? "bench.calibrate.true" : "bench.calibrate.found", {
          plate: calibration.plate,
          factor: calibration.factor.toFixed(4),
        });
  return (
    <StepCard
      {...props}
      order={order}
      {...(zero === "yes" ? { path: "/api/v1/commissioning/zero" as const } : {})}
      act={t("bench.calibrate.act", { plate })}
      below={
        procedure !== null && (
          <Telling bench={bench} procedure={procedure} result={result}>
            {calibration !== null && <Figures calibration={calibration} />}
          </Telling>
        )
      }
    >
      <Subjects label={t("plate.name")} step={step} value={plate} onChoose={setChosen} />
      <Field
        label={t("bench.masses")}
        hint={t("bench.masses.hint")}
        unit="g"
        value={masses}
        inputMode="decimal"
        autoComplete="off"
        onChange={(event) => setMasses(event.target.value)}
        problem={tried && grams === null ? t("bench.masses.wrong") : null}
      />
      <Choice label={t("bench.repeats")} options={REPEATS.map((value) => ({ value, words: number(Number(value)) }))} value={repeats} onChoose={setRepeats} />
      <Choice
        label={t("bench.zero")}
        options={(["no", "yes"] as const).map((value) => ({ value, words: t(`bench.zero.${value}`) }))}
        value={zero}
        onChoose={setZero}
      />
    </StepCard>
  );
}

function Figures({ calibration }: { calibration: Calibration }) {
  const { t, exact, change } = useWords();
  const several = new Set(calibration.loads.map(({ mass_g }) => mass_g)).size > 1;
  const columns: Column<Calibration["loads"][number]>[] = [
    { head: t("bench.load.mass"), end: true, cell: ({ mass_g }) => exact(mass_g) },
    { head: t("bench.load.shown"), end: true, cell: ({ shown_g, sd_g }) => `${exact(shown_g)} ± ${exact(sd_g)}` },
    { head: t("bench.load.left"), end: true, cell: ({ left_g }) => change(tenth(left_g)) },
  ];
  return (
    <>
      <Facts
        rows={[
          [t("bench.calibrate.factor"), calibration.factor.toFixed(5)],
          [t("bench.calibrate.before"), calibration.before.toFixed(5)],
          [t("bench.calibrate.linearity"), several ? exact(calibration.linearity_g) : t("bench.calibrate.oneMass")],
          [t("bench.calibrate.repeat"), exact(calibration.repeat_g)],
          [t("bench.calibrate.zero"), exact(tenth(calibration.zero_g))],
        ]}
      />
      <Table caption={t("bench.loads")} columns={columns} rows={calibration.loads} rowKey={(load) => calibration.loads.indexOf(load)} />
    </>
  );
}
