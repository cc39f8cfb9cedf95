/** The weights of one visit as steps over time, a row a plate, with a dot where a camera saw a hand. */

import { useWords } from "../words/use";
import { type Change, type Hand, traceOf } from "./trace";
import "./trace.css";

export function Trace({ changes, hands }: { changes: readonly Change[]; hands: readonly Hand[] }) {
  const { t, change, moment, list } = useWords();
  const drawing = traceOf(changes, hands);
  if (drawing === null) return null;
  const spoken = drawing.rows.map((row) => `${row.plate}: ${list(row.marks.map((mark) => change(mark.grams)))}`).join("; ");
  return (
    <div className="trace" role="img" aria-label={t("trace.label", { changes: spoken })}>
      {drawing.rows.map((row) => (
        <div key={row.plate} className="trace-row">
          <span className="trace-plate">{row.plate}</span>
          <div className="trace-field">
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
              <path d={`${row.path}V100H0z`} className="trace-under" />
              <path d={row.path} className="trace-line" />
            </svg>
            {row.marks.map((mark, place) => (
              <span key={place} className="trace-mark" data-low={mark.low} data-late={mark.x > 72} style={{ left: `${mark.x}%` }}>
                {change(mark.grams)}
              </span>
            ))}
            {row.hands.map((x, place) => (
              <i key={place} className="trace-hand" style={{ left: `${x}%` }} />
            ))}
          </div>
        </div>
      ))}
      <p className="trace-foot">
        <span>{moment(drawing.fromS)}</span>
        {drawing.rows.some((row) => row.hands.length > 0) && (
          <span className="trace-key">
            <i className="trace-hand" /> {t("trace.hand")}
          </span>
        )}
        <span>{moment(drawing.toS)}</span>
      </p>
    </div>
  );
}
