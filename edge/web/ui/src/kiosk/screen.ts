/** Which screen stands before the shopper: out of what the store says, and what this screen has seen of the visit. Pure. Times in seconds. */

import type { Line } from "../api/live";
import type { Phase, Receipt, Snapshot } from "./store";

export type Screen =
  | "connecting"
  | "cut"
  | "starting"
  | "closed"
  | "welcome"
  | "refused"
  | "checking"
  | "unlocking"
  | "openDoor"
  | "relocked"
  | "shopping"
  | "closeDoor"
  | "forced"
  | "staff"
  | "pressShut"
  | "weighing"
  | "receipt"
  | "nothing"
  | "farewell"
  | "missed";

/** What was seen of the running or the last visit; the store tells a visit only while it runs. */
export interface Seen {
  readonly visit: string | null;
  readonly role: "shopper" | "restocker" | "technician";
  readonly opened: boolean;
  /** Nobody was let in: what such a visit ends in is nobody's receipt. */
  readonly forced: boolean;
  readonly endedS: number | null;
}

export const UNSEEN: Seen = { visit: null, role: "shopper", opened: false, forced: false, endedS: null };

export const REFUSAL_S = 20; // s; long enough to be read twice, gone before the next person comes
export const RECEIPT_S = 45; // s; a receipt stays until it is read or somebody else begins, also after the cabinet is free again
const NOTHING_S = 8; // s; one sentence
const MISSED_S = 12; // s; a sentence and what to do

const OF_PHASE: Partial<Record<Phase, Screen>> = {
  authorising: "checking",
  unlocking: "unlocking",
  open: "shopping",
  held_open: "closeDoor",
  closed: "pressShut",
  settling: "weighing",
};
const OF_FREE: Partial<Record<Phase, Screen>> = { out_of_service: "closed", starting: "starting" };
/** Refusals that say nothing which the screen of that phase does not say better. */
const SAID_BY: Partial<Record<Phase, readonly string[]>> = { out_of_service: ["out_of_service", "storage_low"], starting: ["starting", "not_configured"] };

/** What has been seen after one more snapshot. Gives `seen` itself back where nothing changed. */
export function seenAfter(seen: Seen, snapshot: Snapshot): Seen {
  const visit = snapshot.visit;
  if (visit === null) return seen.visit === null || seen.endedS !== null ? seen : { ...seen, endedS: snapshot.since_s };
  const before = seen.visit === visit.visit ? seen : UNSEEN;
  const opened = before.opened || visit.opened;
  const forced = before.forced || visit.forced;
  if (visit.visit === seen.visit && opened === seen.opened && forced === seen.forced && seen.endedS === null) return seen;
  return { visit: visit.visit, role: visit.role, opened, forced, endedS: null };
}

/** `dismissedVisit`: the visit whose end somebody has put away. */
export function screenOf(line: Line, snapshot: Snapshot | null, seen: Seen, dismissedVisit: string | null, nowS: number): Screen {
  if (snapshot === null) return "connecting";
  if (line === "cut") return "cut";
  const { phase } = snapshot;
  if (phase === "open" || phase === "held_open") {
    if (snapshot.visit?.forced === true) return "forced";
    if (snapshot.visit !== null && snapshot.visit.role !== "shopper") return "staff";
  }
  if (phase === "waiting_for_opening") return snapshot.shut ? "relocked" : "openDoor";
  const running = OF_PHASE[phase];
  if (running !== undefined) return running;
  const ending = endOf(snapshot, seen, dismissedVisit, nowS);
  const refusal = snapshot.refusal;
  const refused = refusal !== null && nowS - refusal.at_s < REFUSAL_S && !(SAID_BY[phase] ?? []).includes(refusal.code);
  if (refused && phase !== "receipt" && (ending === null || refusal.at_s > (seen.endedS ?? 0))) return "refused";
  return ending ?? OF_FREE[phase] ?? "welcome";
}

/** The receipt that belongs on the screen "receipt". */
export function receiptOf(snapshot: Snapshot, seen: Seen): Receipt | null {
  const { receipt } = snapshot;
  if (seen.visit === null) return snapshot.phase === "receipt" ? receipt : null;
  return receipt?.visit === seen.visit ? receipt : null;
}

/** How a visit ended, while that is still to be shown. */
function endOf(snapshot: Snapshot, seen: Seen, dismissedVisit: string | null, nowS: number): Screen | null {
  const showing = snapshot.phase === "receipt";
  if (seen.visit === null) return showing ? (receiptOf(snapshot, seen) === null ? "farewell" : "receipt") : null;
  if (seen.forced || seen.endedS === null || (seen.visit === dismissedVisit && !showing)) return null;
  const age = nowS - seen.endedS;
  const within = (seconds: number): boolean => showing || age < seconds;
  if (seen.role !== "shopper") return within(NOTHING_S) ? "farewell" : null;
  if (receiptOf(snapshot, seen) !== null) return within(RECEIPT_S) ? "receipt" : null;
  if (!seen.opened) return within(MISSED_S) ? "missed" : null;
  return within(NOTHING_S) ? "nothing" : null;
}

/** When the receipt leaves the screen by itself. */
export const receiptUntil = (seen: Seen): number | null => (seen.endedS === null ? null : seen.endedS + RECEIPT_S);

/** Screens on which somebody's visit goes on or has just ended. */
const OF_A_PERSON: ReadonlySet<Screen> = new Set<Screen>([
  "refused",
  "checking",
  "unlocking",
  "openDoor",
  "relocked",
  "shopping",
  "closeDoor",
  "forced",
  "staff",
  "pressShut",
  "weighing",
  "receipt",
  "nothing",
  "farewell",
  "missed",
]);

/** Whether the one who chose language and print has gone: the screen is the next one's. */
export const isFree = (screen: Screen): boolean => !OF_A_PERSON.has(screen);

/** Whether a visit has just ended on this screen. */
export const isEnding = (screen: Screen): boolean => screen === "receipt" || screen === "nothing" || screen === "farewell" || screen === "missed";
