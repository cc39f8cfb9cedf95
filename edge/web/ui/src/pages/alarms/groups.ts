/** Alarms as a person takes them in: one entry a kind, since one cut cable takes many plates away; the worst first, then what has lasted longest. Pure. */

import type { Alarm, Severity } from "../../api/store";

export interface AlarmGroup {
  readonly code: string;
  readonly severity: Severity;
  readonly latched: boolean;
  /** When the first of them began, by the store's monotonic clock; null where nobody knows. */
  readonly since: number | null;
  readonly alarms: readonly [Alarm, ...Alarm[]];
}

const ORDER: readonly Severity[] = ["critical", "warning", "notice"];

export function groupsOf(alarms: readonly Alarm[]): AlarmGroup[] {
  const kinds = new Map<string, [Alarm, ...Alarm[]]>();
  for (const alarm of alarms) {
    const known = kinds.get(alarm.code);
    if (known === undefined) kinds.set(alarm.code, [alarm]);
    else known.push(alarm);
  }
  return [...kinds.values()].map(groupOf).sort((one, other) => rank(one) - rank(other) || (age(one) < age(other) ? -1 : 1));
}

function groupOf(alarms: [Alarm, ...Alarm[]]): AlarmGroup {
  const times = alarms.flatMap(({ since_s: since }) => (since === null ? [] : [since]));
  return {
    code: alarms[0].code,
    severity: ORDER.find((severity) => alarms.some((alarm) => alarm.severity === severity)) ?? alarms[0].severity,
    latched: alarms.some((alarm) => alarm.latched),
    since: times.length === 0 ? null : Math.min(...times),
    alarms,
  };
}

/** Alarms that want somebody: notices pass by themselves. */
export const pressing = (alarms: readonly Alarm[]): number => alarms.filter((alarm) => alarm.severity !== "notice").length;

/** Whether an operator took the cabinet out of service, which only an operator ends. */
export const takenOut = (alarms: readonly Alarm[]): boolean => alarms.some((alarm) => alarm.code === "out_of_service");

const rank = (group: AlarmGroup): number => ORDER.indexOf(group.severity);
const age = (group: AlarmGroup): number => group.since ?? Number.POSITIVE_INFINITY;
