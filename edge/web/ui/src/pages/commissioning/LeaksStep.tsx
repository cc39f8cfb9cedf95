/** How much of a load on one plate shows on the others. */

import { useState } from "react";
import { Field } from "../../parts/Field";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import { type Found, type Order, procedureOf } from "./bench";
import { massesOf } from "./masses";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Telling } from "./Telling";

type Leak = Found["leaks"][number];

const NONE = 0.001; // of a load; less is not written down

export function LeaksStep(props: StepProps) {
  const { t } = useWords();
  const { bench } = props;
  const procedure = procedureOf(bench, "leaks");
  const leaks = procedure?.found.leaks ?? [];
  const plates = [...new Set(bench.channels.flatMap(({ plate }) => (plate === null ? [] : [plate])))];
  const [mass, setMass] = useState("2000");
  const [chosen, setChosen] = useState<readonly string[]>(plates);
  const [tried, setTried] = useState(false);
  const masses = massesOf(mass);
  const bad = masses === null || masses.length !== 1;
  const order = (): Order | null => {
    setTried(true);
    if (bad || chosen.length === 0) return null;
    return { masses_g: [...masses], ...(chosen.length === plates.length ? {} : { plates: [...chosen] }) };
  };
  const most = Math.max(0, ...leaks.flatMap(({ shares }) => Object.values(shares).map(Math.abs)));
  return (
    <StepCard
      {...props}
      order={order}
      act={t("bench.leaks.act")}
      below={
        procedure !== null && (
          <Telling bench={bench} procedure={procedure} result={most < NONE ? t("bench.leaks.none") : t("bench.leaks.found", { share: shareOf(most) })}>
            {leaks.length > 0 && <Matrix leaks={leaks} plates={plates} />}
          </Telling>
        )
      }
    >
      <Field
        label={t("bench.mass")}
        hint={t("bench.leaks.hint")}
        unit="g"
        inputMode="decimal"
        value={mass}
        autoComplete="off"
        onChange={(event) => setMass(event.target.value)}
        problem={tried && bad ? t("bench.mass.wrong") : null}
      />
      <fieldset className="choice">
        <legend className="label">{t("bench.leaks.plates")}</legend>
        <div className="choice-row">
          {plates.map((plate) => (
            <label key={plate}>
              <input
                type="checkbox"
                checked={chosen.includes(plate)}
                onChange={(event) => setChosen(event.target.checked ? plates.filter((one) => one === plate || chosen.includes(one)) : chosen.filter((one) => one !== plate))}
              />
              <span>{plate}</span>
            </label>
          ))}
        </div>
        {tried && chosen.length === 0 && (
          <p className="field-problem small" role="alert">
            {t("bench.leaks.plates.none")}
          </p>
        )}
      </fieldset>
    </StepCard>
  );
}

function Matrix({ leaks, plates }: { leaks: readonly Leak[]; plates: readonly string[] }) {
  const { t } = useWords();
  const columns: Column<Leak>[] = [
    { head: t("bench.leaks.load"), cell: ({ plate }) => <b>{plate}</b> },
    ...plates.map((shown) => ({
      head: shown,
      end: true,
      cell: ({ plate, shares }: Leak) => (shown === plate ? "100 %" : shares[shown] === undefined ? <span className="quiet">–</span> : shareOf(shares[shown])),
    })),
  ];
  return <Table caption={t("bench.leaks.matrix")} columns={columns} rows={leaks} rowKey={({ plate }) => plate} />;
}

const shareOf = (share: number): string => `${share < 0 ? "−" : ""}${Math.abs(share * 100).toFixed(2)} %`;
