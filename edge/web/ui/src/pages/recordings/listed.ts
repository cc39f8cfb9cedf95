/** Recordings as the page shows them: how long, how full, how far. Pure. */

import type { Got } from "../../api/client";

export type Recordings = Got<"/api/v1/recordings">;
export type Recording = Recordings["recordings"][number];
export type Running = NonNullable<Recordings["running"]>;

/** How long somebody may record, in seconds. */
export const LENGTHS_S = [10, 60, 300, 600, 1800] as const;
const BACK_MINUTES = [1, 2, 5, 10, 20, 30, 60] as const;

/** How far back somebody may ask for, in minutes, where the store remembers so many at most. */
export function backMinutes(most: number): readonly number[] {
  const below = BACK_MINUTES.filter((minutes) => minutes < most);
  return most > 0 ? [...below, most] : [];
}

/** Share of its time that a recording has lasted at `nowS`, 0..1. */
export function doneShare({ begun_s: begunS, until_s: untilS }: Pick<Running, "begun_s" | "until_s">, nowS: number): number {
  return untilS <= begunS ? 1 : Math.min(1, Math.max(0, (nowS - begunS) / (untilS - begunS)));
}

/** Share of the room that is used, 0..1. */
export const usedShare = ({ used_bytes: used, most_bytes: most }: Pick<Recordings, "used_bytes" | "most_bytes">): number => (most === 0 ? 1 : Math.min(1, used / most));
