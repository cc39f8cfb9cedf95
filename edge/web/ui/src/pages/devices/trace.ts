/** What a line's trace shows: which rows somebody wants to see, and all of it as text. Pure. */

import type { Got } from "../../api/client";
import { filled, type Words } from "../../words/language";

export type WireTrace = Got<"/api/v1/devices/{bus}/trace">;
export type WireRow = WireTrace["rows"][number];

/** Everything, or what went wrong. */
export const SHOWN = ["all", "trouble"] as const;
export type Shown = (typeof SHOWN)[number];

export interface Wanted {
  /** A device's name; "" is every device. */
  readonly device: string;
  readonly shown: Shown;
}

const TROUBLES = new Set(["modbus_exception", "sics_refusal", "unasked"]);

/** Whether a row tells that something went wrong. */
export const isTrouble = (row: WireRow): boolean =>
  row.direction === "silent" || row.direction === "dropped" || row.meanings.some(({ code }) => TROUBLES.has(code));

/** The rows that are wanted. */
export const wantedRows = (rows: readonly WireRow[], { device, shown }: Wanted): readonly WireRow[] =>
  rows.filter((row) => (device === "" || row.device === device) && (shown === "all" || isTrouble(row)));

/** What a row says, in words. A code that no file knows is told as it is. */
export function saying(row: WireRow, { t, known }: Words): string {
  const told = row.meanings.map(({ code, values = {} }) => filled(known(`wire.${code}`, [code, ...Object.values(values)].join(" ")), values));
  const words = told.join("; ");
  if (row.direction === "silent") return t("wire.silent", { what: words });
  if (words === "") return t(row.direction === "sent" ? "wire.unknown" : "wire.part");
  return words;
}

/** A moment of the wall clock to the millisecond, as a technician compares it: "14:03:07.125". */
export function clock(unixS: number): string {
  const at = new Date(Math.round(unixS * 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** One line a row, for a file or a message to somebody who helps. `offsetS`: from the store's monotonic time to the wall clock's. */
export function traceText(rows: readonly WireRow[], offsetS: number, words: Words): string {
  return rows
    .map((row) => [clock(row.at_s + offsetS), row.direction.padEnd(8), (row.device ?? "-").padEnd(12), row.hex ?? (row.size === 0 ? "" : words.t("wire.hidden", { count: row.size })), saying(row, words)].join("  ").trimEnd())
    .concat("")
    .join("\n");
}
