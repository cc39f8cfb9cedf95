/** Following what grows at the store: rows with rising numbers, asked for again and again from the newest one on. Pure. */

import type { ApiProblem } from "./problem";

export interface Numbered {
  readonly number: number;
}

/** One answer: rows after the number that was asked for; `missed` more came between and are lost. */
export interface Batch<Row> {
  readonly rows: readonly Row[];
  readonly newest: number;
  readonly missed: number;
}

export interface Followed<Row> {
  /** Oldest first. */
  readonly rows: readonly Row[];
  readonly newest: number;
  /** How many were lost on the way, all in all. */
  readonly missed: number;
  /** Whether any answer has come. */
  readonly begun: boolean;
  readonly problem: ApiProblem | null;
}

export const UNFOLLOWED: Followed<never> = { rows: [], newest: 0, missed: 0, begun: false, problem: null };

/** After one answer; the oldest rows go beyond `most`. A store that was started anew counts anew: what it said before stays in sight. */
export function taken<Row extends Numbered>(now: Followed<Row>, { rows, newest, missed }: Batch<Row>, most: number): Followed<Row> {
  if (rows.length === 0 && newest === now.newest && now.begun && now.problem === null) return now;
  const all = newest < now.newest ? [...rows] : [...now.rows, ...rows];
  return { rows: all.slice(-most), newest, missed: now.missed + missed, begun: true, problem: null };
}

/** After no answer came. */
export const failed = <Row>(now: Followed<Row>, problem: ApiProblem): Followed<Row> => ({ ...now, problem });
