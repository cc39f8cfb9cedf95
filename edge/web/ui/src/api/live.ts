/**
 * The line to the store: what was last heard over a live stream, and how sure it is that it still holds. Pure: a state, events, a step.
 *
 * Times are milliseconds of the page's own monotonic clock. `connecting`: nothing came yet. `live`: heard within the keep-alive.
 * `stale`: silent for longer than that, may still come. `cut`: the browser said so, or silent for twice the keep-alive.
 */

import type { ApiProblem } from "./problem";
import { share } from "./share";
import type { Snapshot } from "./store";

export type Line = "connecting" | "live" | "stale" | "cut";

/** What every picture of the store tells: the store's own clock, in seconds. */
export interface Timed {
  readonly at_s: number;
}

export interface LiveState<Shown extends Timed = Snapshot> {
  readonly line: Line;
  readonly snapshot: Shown | null;
  /** When `snapshot` came. */
  readonly takenAt: number;
  /** When the last sign of life came, or the last try began. */
  readonly heardAt: number;
  readonly keepAliveS: number;
  /** Tries since the last sign of life. */
  readonly failures: number;
  /** Why the store does not give us a line, where it said so. */
  readonly refused: ApiProblem | null;
}

export type LiveEvent<Shown extends Timed = Snapshot> =
  | { readonly kind: "trying"; readonly at: number }
  | { readonly kind: "hello"; readonly at: number; readonly keepAliveS: number }
  | { readonly kind: "snapshot"; readonly at: number; readonly snapshot: Shown }
  | { readonly kind: "alive"; readonly at: number }
  | { readonly kind: "lost"; readonly at: number }
  | { readonly kind: "refused"; readonly problem: ApiProblem }
  | { readonly kind: "tick"; readonly at: number };

export const STALE_AFTER = 1.3; // keep-alives; a busy machine may be a little late with one
export const CUT_AFTER = 2; // keep-alives; one lost sign of life is chance, two are not
const KEEP_ALIVE_S = 15; // s; the store's default, until it says its own
const RETRY_MS = 1000; // ms; the first pause before a new try, doubled each time
const LONGEST_RETRY_MS = 15_000; // ms; somebody waits in front of the page

export const BEGINNING: LiveState<never> = {
  line: "connecting",
  snapshot: null,
  takenAt: 0,
  heardAt: 0,
  keepAliveS: KEEP_ALIVE_S,
  failures: 0,
  refused: null,
};

/** The state after one event. An event that changes nothing gives the same state back. */
export function after<Shown extends Timed>(state: LiveState<Shown>, event: LiveEvent<Shown>): LiveState<Shown> {
  switch (event.kind) {
    case "trying":
      return { ...state, heardAt: event.at };
    case "hello":
      return { ...heard(state, event.at), keepAliveS: event.keepAliveS };
    case "alive":
      return heard(state, event.at);
    case "snapshot":
      return { ...heard(state, event.at), line: "live", snapshot: share(state.snapshot, event.snapshot), takenAt: event.at };
    case "lost":
      return { ...state, line: state.snapshot === null ? "connecting" : "cut", failures: state.failures + 1 };
    case "refused":
      return { ...state, refused: event.problem };
    case "tick": {
      if (state.snapshot === null || state.line === "cut") return state;
      const silent = event.at - state.heardAt;
      const line = silent >= CUT_AFTER * state.keepAliveS * 1000 ? "cut" : silent >= STALE_AFTER * state.keepAliveS * 1000 ? "stale" : "live";
      return line === state.line ? state : { ...state, line };
    }
  }
}

/** Whether a line that the browser believes in has been silent for so long that it must be tried anew. */
export function overdue(state: LiveState<Timed>, at: number): boolean {
  return at - state.heardAt >= CUT_AFTER * state.keepAliveS * 1000;
}

/** How long to wait before the next try, in milliseconds. */
export function pauseMs(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** Math.max(0, failures - 1));
}

/** The store's monotonic time now, in seconds, as far as the last snapshot and our own clock tell. */
export function storeNow(state: LiveState<Timed>, at: number): number {
  return state.snapshot === null ? 0 : state.snapshot.at_s + (at - state.takenAt) / 1000;
}

/** A sign of life. It makes a known picture live again; a first picture still has to come. */
function heard<Shown extends Timed>(state: LiveState<Shown>, at: number): LiveState<Shown> {
  const back = state.line === "cut" ? "stale" : state.snapshot === null ? "connecting" : "live";
  return { ...state, line: back, heardAt: at, failures: 0, refused: null };
}
