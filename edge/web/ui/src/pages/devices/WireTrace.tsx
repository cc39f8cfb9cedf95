/** What goes over a line, live: who is asked, the bytes, and what they say. Nothing is kept by the store for it while nobody looks. */

import { useState } from "react";
import { get } from "../../api/client";
import { useFollow } from "../../api/useFollow";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Icon, type IconName } from "../../parts/Icon";
import { copied, saveText } from "../../parts/save";
import { Select } from "../../parts/Select";
import { Empty, Failure, Loading } from "../../parts/States";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { clock, saying, SHOWN, type Shown, traceText, wantedRows, type WireRow } from "./trace";
import "./wire-trace.css";

const MOST_KEPT = 3000; // rows that can be saved
const MOST_DRAWN = 200; // rows in sight: nobody reads more, and each of them costs
const MARKS: Record<WireRow["direction"], IconName> = { sent: "forward", received: "back", dropped: "question", silent: "warning" };

/** `devices`: those on the line; `first`: the one to begin with, "" for all. */
export function WireTrace({ bus, devices, first = "" }: { bus: string; devices: readonly string[]; first?: string }) {
  const words = useWords();
  const { t, number, plural } = words;
  const [paused, setPaused] = useState(false);
  const [device, setDevice] = useState(first);
  const [shown, setShown] = useState<Shown>("all");
  const [offsetS, setOffset] = useState(0);
  const { rows, missed, begun, problem, clear } = useFollow<WireRow>({
    what: bus,
    most: MOST_KEPT,
    paused,
    ask: async (after, signal) => {
      const told = await get("/api/v1/devices/{bus}/trace", { path: { bus }, query: { after }, signal });
      setOffset((now) => (Math.abs(told.at_unix_s - told.at_s - now) > 0.5 ? told.at_unix_s - told.at_s : now));
      return told;
    },
  });
  const wanted = wantedRows(rows, { device, shown });
  const text = (): string => traceText(wanted, offsetS, words);
  const copy = async (): Promise<void> => toast(t((await copied(text())) ? "wire.copied" : "wire.notCopied"), "note");
  return (
    <Card flush title={t("wire.title")} aside={paused ? t("wire.paused") : t("wire.following")}>
      <div className="wire-acts">
        <Button icon={paused ? "play" : "pause"} aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {t(paused ? "wire.goOn" : "wire.pause")}
        </Button>
        {devices.length > 1 && (
          <Select
            label={t("wire.device")}
            options={[{ value: "", words: t("wire.device.all") }, ...devices.map((name) => ({ value: name, words: name }))]}
            value={device}
            onChoose={setDevice}
          />
        )}
        <Choice label={t("wire.show")} options={SHOWN.map((value) => ({ value, words: t(`wire.show.${value}`) }))} value={shown} onChoose={setShown} />
        <div className="row wire-ways">
          <Button kind="quiet" disabled={wanted.length === 0} onClick={() => void copy()}>
            {t("wire.copy")}
          </Button>
          <Button kind="quiet" disabled={wanted.length === 0} onClick={() => saveText(`smartstore-${bus}.txt`, text())}>
            {t("wire.save")}
          </Button>
          <Button kind="quiet" disabled={rows.length === 0} onClick={clear}>
            {t("wire.clear")}
          </Button>
        </div>
      </div>
      {problem !== null && <Failure problem={problem} />}
      {missed > 0 && <p className="wire-note small">{plural("wire.missed", missed)}</p>}
      {wanted.length > 0 ? (
        <>
          <ol className="wire" tabIndex={0} aria-label={t("wire.title")}>
            {wanted.slice(-MOST_DRAWN).reverse().map((row) => (
              <li key={row.number} data-direction={row.direction}>
                <span className="wire-at mono">{clock(row.at_s + offsetS)}</span>
                <span className="wire-way">
                  <Icon name={MARKS[row.direction]} size={14} /> {t(`wire.${row.direction}.short`)}
                </span>
                <span className="wire-device">{row.device ?? "–"}</span>
                <span className="wire-hex mono">{row.hex ?? (row.size > 0 ? t("wire.hidden", { count: number(row.size) }) : "")}</span>
                <span className="wire-words">{saying(row, words)}</span>
              </li>
            ))}
          </ol>
          {wanted.length > MOST_DRAWN && <p className="wire-note small quiet">{t("wire.more", { shown: number(MOST_DRAWN), all: number(wanted.length) })}</p>}
        </>
      ) : (
        problem === null && (begun ? <Empty icon="line" title={t(rows.length === 0 ? "wire.none.title" : "wire.none.such")}>{t("wire.none.words")}</Empty> : <Loading rows={6} />)
      )}
    </Card>
  );
}
