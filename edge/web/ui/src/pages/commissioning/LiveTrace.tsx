/** The last seconds of some weights, drawn as they come. */

import { useWords } from "../../words/use";
import type { Bench } from "./bench";
import { tenth } from "./saying";
import { lineOf, SHOWN_S } from "./trace";

export function LiveTrace({ traces }: { traces: Bench["traces"] }) {
  const { t, exact, number } = useWords();
  return (
    <figure className="bench-traces" data-alone={traces.length === 1}>
      {traces.map((trace) => {
        const line = lineOf(trace.name, trace.points);
        return (
          <div key={trace.name} className="bench-trace">
            <p className="small">
              <b>{trace.name}</b> <span className="figure">{line.nowG === null ? "–" : exact(tenth(line.nowG))}</span>
            </p>
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={t("bench.trace", { name: trace.name })}>
              <path d={line.path} />
            </svg>
          </div>
        );
      })}
      <figcaption className="small quiet">{t("bench.trace.words", { seconds: number(SHOWN_S) })}</figcaption>
    </figure>
  );
}
