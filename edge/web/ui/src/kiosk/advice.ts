/** What a person in front of a closed door needs to hear: what to do about a refusal, and why the cabinet is closed. Pure. */

/** What helps: a new code, the code on this screen, another look into the app, the right store, some patience, a try later, or the people who run the cabinet. */
export type Advice = "newCode" | "scan" | "checkApp" | "otherStore" | "wait" | "later" | "useApp" | "operator";

const ADVICE: Readonly<Record<string, Advice>> = {
  not_configured: "operator",
  starting: "wait",
  busy: "wait",
  out_of_service: "later",
  storage_low: "later",
  unknown_door: "operator",
  not_a_pass: "checkApp",
  too_long: "checkApp",
  malformed: "checkApp",
  unknown_key: "checkApp",
  bad_signature: "checkApp",
  bad_claims: "checkApp",
  wrong_audience: "otherStore",
  code_unknown: "scan",
  expired: "newCode",
  not_yet_valid: "checkApp",
  already_used: "newCode",
  denied: "operator",
  currency: "otherStore",
  limit_too_low: "checkApp",
  clock: "wait",
  pass_store_full: "later",
  cloud_refused: "checkApp",
  cloud_silent: "wait",
  needs_cloud: "useApp",
  interrupted: "newCode",
  offline_too_long: "later",
  offline_visits: "later",
  offline_money: "later",
};

/** What to do about a refusal; an unknown one is for the people who run the cabinet. */
export const adviceOf = (refusal: string): Advice => ADVICE[refusal] ?? "operator";

/** Why nobody can enter, as a passer-by understands it. */
export type Reason = "doorOpen" | "door" | "scales" | "line" | "codes" | "full" | "work" | "goods" | "other";

const REASONS: Readonly<Record<string, Reason>> = {
  door_left_open: "doorOpen",
  held_open: "doorOpen",
  forced_door: "door",
  relock_fault: "door",
  unlock_failed: "door",
  lock_failing: "door",
  door_sensors_disagree: "door",
  door_lost: "door",
  plate_lost: "scales",
  plate_faulted: "scales",
  plate_drifting: "scales",
  plate_disturbed: "scales",
  cloud_lost: "line",
  offline_budget_spent: "line",
  clock_untrusted: "codes",
  pass_store_full: "codes",
  storage_low: "full",
  out_of_service: "work",
  goods_moved_unattended: "goods",
};
const FIRST: readonly Reason[] = ["doorOpen", "work", "door", "scales", "line", "codes", "goods", "full", "other"];

/** Why the cabinet is closed, what a passer-by can help with first; `faults`: codes of what keeps everybody out. */
export function whyClosed(faults: readonly string[]): readonly Reason[] {
  const found = faults.map((code) => REASONS[code] ?? "other");
  return FIRST.filter((reason) => found.includes(reason));
}
