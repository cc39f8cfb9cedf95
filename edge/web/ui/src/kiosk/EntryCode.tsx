/** The code to scan for entering: black on white in every theme, with the quiet zone that a camera needs. */

import { useLine } from "./store";
import { useWords } from "../words/use";
import { darkModules, QUIET } from "./modules";
import "./entry-code.css";

/** The rows of the code that holds now; null while there is none, or the line to the store is cut. */
export function useEntryCode(): readonly string[] | null {
  return useLine(({ line, snapshot }) => (line === "live" ? (snapshot?.code?.rows ?? null) : null));
}

export function EntryCode({ rows }: { rows: readonly string[] }) {
  const { t } = useWords();
  const size = rows.length + 2 * QUIET;
  return (
    <svg className="entry-code" role="img" aria-label={t("kiosk.code")} viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`} shapeRendering="crispEdges">
      <rect x={-QUIET} y={-QUIET} width={size} height={size} rx={QUIET / 2} className="entry-code-ground" />
      <path d={darkModules(rows)} className="entry-code-dark" />
    </svg>
  );
}
