/** The audit record as a list to read and as a file to keep. Pure. */

import type { Got } from "../../api/client";

export type Line = Got<"/api/v1/audit">["rows"][number];

const FORMULA = /^[=+\-@\t\r]/; // what a spreadsheet would compute instead of show

/** Comma-separated values (RFC 4180), one line each, with times in UTC. No cell is taken for a formula. */
export function csvOf(lines: readonly Line[]): string {
  const rows = lines.map((line) => [String(line.number), new Date(line.at_unix_s * 1000).toISOString(), line.action, line.by, line.detail]);
  return [["number", "time", "action", "by", "detail"], ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** The visit that a line is about: its page shows what happened. */
export function visitOf(line: Line): string | null {
  return /\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/.exec(line.detail)?.[0] ?? null;
}

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
