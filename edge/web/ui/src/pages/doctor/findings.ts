/** What the doctor found, in the order in which somebody mends it, in the reader's language where it has words. Pure. */

import type { Got } from "../../api/client";
import type { Tone } from "../../parts/Badge";
import { filled, type Words } from "../../words/language";

export type Checkup = Got<"/api/v1/checkup">;
export type Finding = Checkup["findings"][number];
export type Level = Finding["level"];

export const LEVELS = ["failure", "warning", "ok"] as const;
export const TONES: Record<Level, Tone> = { failure: "bad", warning: "warn", ok: "good" };

/** The findings of each level there are, the worst first. */
export function byLevel(findings: readonly Finding[]): readonly (readonly [Level, readonly Finding[]])[] {
  return LEVELS.map((level) => [level, findings.filter((finding) => finding.level === level)] as const).filter(([, own]) => own.length > 0);
}

/** What was found, and what to do about it ("" where nothing is). */
export function words({ code = "", values = {}, text, advice }: Finding, { known }: Words): { text: string; advice: string } {
  return {
    text: filled(known(`finding.${code}`, text), values),
    advice: advice === "" ? "" : filled(known(`finding.${code}.advice`, advice), values),
  };
}
