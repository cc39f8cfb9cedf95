/** Asks around on a line: what answers, what should and does not, what is new. */

import { useState } from "react";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Choice } from "../../parts/Choice";
import { Field } from "../../parts/Field";
import { Select } from "../../parts/Select";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { type Bench, type Found, nextSubject, type Order, procedureOf } from "./bench";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Subjects } from "./Subjects";
import { Telling } from "./Telling";
import { useWish } from "./useBench";

type Scanned = Found["scanned"][number];

const TONES: Record<Scanned["verdict"], Tone> = { configured: "good", unknown: "note", other: "warn", silent: "bad", unclear: "warn", unfit: "bad" };
const FREE = "*"; // stands for a port that no line uses; no line may be called so
const HIGHEST = 255;
const BAUDS = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600];
const USUAL = "usual";

export function ScanStep(props: StepProps) {
  const { t, number } = useWords();
  const { bench, step } = props;
  const procedure = procedureOf(bench, "scan");
  const [chosen, setChosen] = useState<string | null>(null);
  const line = chosen ?? (procedure?.subject === "" ? FREE : nextSubject(step));
  const [first, setFirst] = useState("1");
  const [last, setLast] = useState("32");
  const [url, setUrl] = useState(procedure?.found.ports.find(({ state }) => state === "free")?.url ?? "");
  const [baud, setBaud] = useState(USUAL);
  const [parity, setParity] = useState<"none" | "even" | "odd">("none");
  const [tried, setTried] = useState(false);
  const wrong = (text: string): boolean => !/^\d{1,3}$/.test(text) || Number(text) > HIGHEST;
  const turned = !wrong(first) && !wrong(last) && Number(first) > Number(last);
  const noPort = line === FREE && !/^(serial:\/\/\/|socket:\/\/).+/.test(url);
  const order = (): Order | null => {
    setTried(true);
    if (wrong(first) || wrong(last) || turned || noPort) return null;
    const range = { first: Number(first), last: Number(last) };
    return line === FREE ? { ...range, url, parity, bauds: baud === USUAL ? [] : [Number(baud)] } : { ...range, subject: line };
  };
  return (
    <StepCard
      {...props}
      order={order}
      act={t("bench.scan.act")}
      below={
        procedure !== null && (
          <Telling bench={bench} procedure={procedure} result={t("bench.scan.done")} shortfall={t("bench.scan.differs")}>
            <Results bench={bench} rows={procedure.found.scanned} over={procedure.state !== "running"} />
          </Telling>
        )
      }
    >
      <Subjects label={t("bench.scan.line")} step={step} value={line} onChoose={setChosen} more={[{ value: FREE, words: t("bench.scan.free") }]} />
      {line === FREE && (
        <>
          <Field
            label={t("bench.scan.port")}
            hint={t("bench.scan.port.hint")}
            value={url}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setUrl(event.target.value.trim())}
            problem={tried && noPort ? t("bench.scan.port.wrong") : null}
          />
          <div className="bench-pair">
            <Select
              label={t("bench.scan.baud")}
              options={[{ value: USUAL, words: t("bench.scan.baud.usual") }, ...BAUDS.map((one) => ({ value: String(one), words: number(one) }))]}
              value={baud}
              onChoose={setBaud}
            />
            <Choice
              label={t("bench.scan.parity")}
              options={(["none", "even", "odd"] as const).map((value) => ({ value, words: t(`bench.parity.${value}`) }))}
              value={parity}
              onChoose={setParity}
            />
          </div>
        </>
      )}
      <div className="bench-pair">
        <Field
          label={t("bench.scan.first")}
          inputMode="numeric"
          value={first}
          onChange={(event) => setFirst(event.target.value)}
          problem={tried && wrong(first) ? t("bench.scan.address.wrong", { most: HIGHEST }) : null}
        />
        <Field
          label={t("bench.scan.last")}
          inputMode="numeric"
          value={last}
          onChange={(event) => setLast(event.target.value)}
          problem={tried && wrong(last) ? t("bench.scan.address.wrong", { most: HIGHEST }) : tried && turned ? t("bench.scan.address.turned") : null}
        />
      </div>
    </StepCard>
  );
}

function Results({ bench, rows, over }: { bench: Bench; rows: readonly Scanned[]; over: boolean }) {
  const { t } = useWords();
  const { wish, busy } = useWish();
  if (rows.length === 0) {
    return over ? (
      <Empty icon="question" title={t("bench.scan.none")}>
        {t("bench.scan.none.words")}
      </Empty>
    ) : null;
  }
  const drafted = (row: Scanned): boolean => bench.draft.some(({ section, name }) => section === "device" && name === (row.device ?? row.new_name));
  return (
    <ul className="bench-rows">
      {rows.map((row, place) => (
        <li key={place}>
          <div>
            <p>
              <b>{row.device ?? row.new_name}</b>{" "}
              <span className="quiet">{row.address === null ? t("bench.scan.noAddress") : t("bench.scan.address", { address: row.address })}</span>
            </p>
            {row.title !== "" && <p className="small">{row.title}</p>}
            {(row.serial !== null || row.firmware !== null) && (
              <p className="small quiet">
                {[row.serial === null ? "" : t("bench.scan.serial", { serial: row.serial }), row.firmware === null ? "" : t("bench.scan.firmware", { firmware: row.firmware })]
                  .filter((one) => one !== "")
                  .join(", ")}
              </p>
            )}
            {row.fits.length > 1 && <p className="small quiet">{t("bench.scan.fits", { products: row.fits.slice(1).join(", ") })}</p>}
            {row.words !== "" && <p className="small bench-wrong">{row.words}</p>}
            <p className="small">{t(`bench.verdict.${row.verdict}.words`)}</p>
            {over && (row.verdict === "unknown" || row.verdict === "other") && !drafted(row) && (
              <Button busy={busy} onClick={() => void wish("/api/v1/commissioning/adopt", { number: place })}>
                {t(row.verdict === "unknown" ? "bench.scan.add" : "bench.scan.take", { name: row.device ?? row.new_name })}
              </Button>
            )}
          </div>
          <Badge tone={TONES[row.verdict]}>{t(`bench.verdict.${row.verdict}`)}</Badge>
        </li>
      ))}
    </ul>
  );
}
