/** Which channel is under which plate: press on it and see which one moves. */

import { useState } from "react";
import { Field } from "../../parts/Field";
import { Weight } from "../../parts/Figures";
import { type Column, Table } from "../../parts/Table";
import { typed } from "../../words/typed";
import { useWords } from "../../words/use";
import { type Bench, type Order, procedureOf, subjectNow } from "./bench";
import { told } from "./saying";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Subjects } from "./Subjects";
import { Telling } from "./Telling";

type Channel = Bench["channels"][number];

const NEW = "*"; // stands for a plate that is not there yet; none may be called so

export function PlatesStep(props: StepProps) {
  const words = useWords();
  const { t } = words;
  const { bench, step } = props;
  const procedure = procedureOf(bench, "plates");
  const pressed = procedure?.found.pressed ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [rated, setRated] = useState("");
  const [tried, setTried] = useState(false);
  const now = subjectNow(step, procedure);
  const plate = chosen ?? (step.subjects.some(({ subject }) => subject === now) ? now : NEW);
  const grams = typed(rated, 0);
  const badName = !/^[A-Za-z0-9_.-]{1,40}$/.test(name) || step.subjects.some(({ subject }) => subject === name);
  const badRated = !("units" in grams) || grams.units === 0;
  const order = (): Order | null => {
    setTried(true);
    if (plate !== NEW) return { subject: plate };
    return badName || !("units" in grams) || badRated ? null : { subject: name, rated_g: grams.units };
  };
  const result =
    pressed === null
      ? undefined
      : t(pressed.same ? "bench.plates.same" : "bench.plates.found", {
          plate: pressed.plate,
          channel: `${pressed.device}:${pressed.channel}`,
          ...told({ peak_g: pressed.peak_g }, words),
        });
  return (
    <StepCard
      {...props}
      order={order}
      act={plate === NEW ? t("bench.plates.new.act") : t("bench.plates.act", { plate })}
      below={
        <>
          {procedure !== null && (
            <Telling bench={bench} procedure={procedure} result={result}>
              {pressed !== null && pressed.holds !== null && (
                <p className="bench-note" data-tone="warn">
                  {t("bench.plates.holds", { plate: pressed.plate, other: pressed.holds })}
                </p>
              )}
            </Telling>
          )}
          <Channels channels={bench.channels} />
        </>
      }
    >
      <Subjects
        label={t("plate.name")}
        step={step}
        value={plate}
        onChoose={setChosen}
        more={bench.channels.some((channel) => channel.plate === null) ? [{ value: NEW, words: t("bench.plates.new") }] : []}
      />
      {plate === NEW && (
        <div className="bench-pair">
          <Field
            label={t("bench.plates.new.name")}
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.target.value.trim())}
            problem={tried && badName ? t("bench.plates.new.name.wrong") : null}
          />
          <Field
            label={t("bench.plates.new.rated")}
            unit="g"
            inputMode="numeric"
            value={rated}
            onChange={(event) => setRated(event.target.value)}
            problem={tried && badRated ? t("bench.plates.new.rated.wrong") : null}
          />
        </div>
      )}
    </StepCard>
  );
}

/** Every channel as its scale shows it now. */
function Channels({ channels }: { channels: readonly Channel[] }) {
  const { t, known } = useWords();
  const columns: Column<Channel>[] = [
    { head: t("bench.channel"), cell: ({ device, channel }) => <span className="mono">{`${device}:${channel}`}</span> },
    { head: t("plate.name"), cell: ({ plate }) => (plate === null ? <span className="quiet">{t("bench.channel.unused")}</span> : <b>{plate}</b>) },
    { head: t("bench.channel.now"), end: true, cell: ({ grams }) => <Weight grams={grams} /> },
    { head: t("bench.channel.quality"), cell: ({ quality }) => (quality === "ok" ? "" : known(`quality.${quality}`, quality)) },
  ];
  return (
    <details className="bench-log" open>
      <summary>{t("bench.channels")}</summary>
      <Table caption={t("bench.channels")} columns={columns} rows={channels} rowKey={({ device, channel }) => `${device}:${channel}`} />
    </details>
  );
}
