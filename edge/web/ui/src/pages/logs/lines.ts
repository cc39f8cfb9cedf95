/** Lines of the log as the page shows them. Pure. */

import type { Got } from "../../api/client";
import type { Tone } from "../../parts/Badge";

export type LogLine = Got<"/api/v1/logs">["lines"][number];
export type Level = LogLine["level"];

export const LEVELS = ["debug", "info", "warning", "error"] as const;
export const TONES: Record<Level, Tone> = { debug: "plain", info: "plain", warning: "warn", error: "bad" };

/** The fields of a line as they stand in the log. */
export const fieldsOf = ({ fields }: LogLine): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join("  ");
