/** A procedure as it goes on: what is to be done now, how far it has come, the weights meanwhile, and how it ended. */

import { type ReactNode, useEffect, useRef } from "react";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { askedNow, type Bench, type Procedure } from "./bench";
import { LiveTrace } from "./LiveTrace";
import { said, troubled } from "./saying";
import { useWish } from "./useBench";

const TONES: Record<Procedure["state"], Tone> = { running: "note", passed: "good", failed: "bad", cancelled: "plain" };

interface Props {
  bench: Bench;
  procedure: Procedure;
  /** The one sentence of a good end. */
  result?: ReactNode;
  /** The one sentence where it came to its end and found something to be mended. */
  shortfall?: ReactNode;
  /** What it has found. */
  children?: ReactNode;
}

export function Telling({ bench, procedure, result, shortfall, children }: Props) {
  const words = useWords();
  const { t, percent, number } = words;
  const { wish, busy } = useWish();
  const running = procedure.state === "running";
  const asked = running ? askedNow(procedure.log) : null;
  const trouble = procedure.trouble === null ? null : troubled(procedure.trouble, words);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (running && document.activeElement === document.body) own.current?.focus({ preventScroll: true }); // the button that began it is gone
  }, [running]);
  const told = procedure.log.filter(({ code }) => code !== "asking");
  return (
    <div ref={own} className="bench-telling" data-state={procedure.state} tabIndex={-1}>
      <div className="bench-now">
        <Badge tone={TONES[procedure.state]}>{t(`bench.procedure.${procedure.state}`)}</Badge>
        {procedure.subject !== "" && <b>{procedure.subject}</b>}
        {running && (
          <Button kind="quiet" icon="close" busy={busy} onClick={() => void wish("/api/v1/commissioning/cancel", undefined)}>
            {t("bench.cancel")}
          </Button>
        )}
      </div>
      <div aria-live="assertive">{asked !== null && <p className="bench-asked balanced">{said(asked, words)}</p>}</div>
      {running && procedure.progress !== null && (
        <div className="bench-progress">
          <progress max={1} value={procedure.progress} aria-label={t("bench.progress")} />
          <span className="small quiet">{procedure.progress >= 1 ? percent(1) : `${number(Math.floor(procedure.progress * 100))} %`}</span>
        </div>
      )}
      {running && bench.traces.length > 0 && <LiveTrace traces={bench.traces} />}
      <div role="status">
        {procedure.state === "passed" && result !== undefined && (
          <p className="bench-result" data-tone="good">
            <Icon name="check" /> <span>{result}</span>
          </p>
        )}
        {procedure.state === "failed" && trouble === null && (
          <p className="bench-result" data-tone="bad">
            <Icon name="critical" /> <span>{shortfall}</span>
          </p>
        )}
        {trouble !== null && (
          <div className="bench-result" data-tone="bad">
            <Icon name="critical" />
            <div>
              <p>{trouble.words}</p>
              <p className="small">{trouble.advice}</p>
            </div>
          </div>
        )}
      </div>
      {children}
      {told.length > 1 && (
        <details className="bench-log">
          <summary>{t("bench.log")}</summary>
          <ol>
            {told.map((one, place) => (
              <li key={place}>{said(one, words)}</li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
