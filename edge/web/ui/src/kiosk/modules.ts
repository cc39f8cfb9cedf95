/** A QR code as a path. Pure. */

export const QUIET = 4; // modules; the light margin that ISO/IEC 18004 asks for

/** The dark modules of rows of "0" and "1" (dark), one rectangle for each run in a row. */
export function darkModules(rows: readonly string[]): string {
  return rows.map((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index} ${y}h${run[0].length}v1h${-run[0].length}z`).join("")).join("");
}
