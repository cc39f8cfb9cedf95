/** The commissioning wizard as the store tells it, and what follows from it. Pure. */

import type { components } from "../../api/schema";
import type { Complete } from "../../api/store";

type Schemas = components["schemas"];

export type Bench = Complete<Schemas["BenchView"]>;
export type Step = Bench["steps"][number]["step"];
export type StepState = Bench["steps"][number];
export type Subject = StepState["subjects"][number];
export type Procedure = NonNullable<Bench["procedure"]>;
export type Found = Procedure["found"];
export type Said = Procedure["log"][number];
export type Trouble = NonNullable<Procedure["trouble"]>;
export type Drafted = Bench["draft"][number];
export type Order = Partial<Schemas["StepBody"]>;
export type RecordRow = Complete<Schemas["RecordRow"]>;

/** An order with everything that it does not say itself. */
export const whole = (order: Order): Schemas["StepBody"] => ({ ...NOTHING, ...order });

const NOTHING: Schemas["StepBody"] = {
  subject: "",
  masses_g: [],
  repeats: 1,
  plates: [],
  first: 1,
  last: 32,
  url: "",
  bauds: [],
  parity: "none",
  wires: [],
};

export type Progress = "open" | "begun" | "passed" | "failed";

/** How far a step has come over everything it is done for. */
export function progressOf({ subjects }: StepState): Progress {
  if (subjects.some(({ outcome }) => outcome === "failed")) return "failed";
  const passed = subjects.filter(({ outcome }) => outcome === "passed").length;
  if (passed === 0 || subjects.length === 0) return "open";
  return passed === subjects.length ? "passed" : "begun";
}

/** The step that an address names, or the first that is not done. */
export function stepOf(steps: readonly StepState[], named: string | undefined): StepState | null {
  return steps.find(({ step }) => step === named) ?? steps.find((one) => progressOf(one) !== "passed") ?? steps[0] ?? null;
}

/** What to do a step for next: the first that is not done, behind `after` where there is one. */
export function nextSubject({ subjects }: StepState, after = ""): string {
  const place = subjects.findIndex(({ subject }) => subject === after);
  const turned = [...subjects.slice(place + 1), ...subjects.slice(0, Math.max(0, place))];
  return (turned.find(({ outcome }) => outcome !== "passed") ?? turned[0] ?? subjects[0])?.subject ?? "";
}

/** What a step is to be done for now: what runs or came to nothing, else the next after what passed. */
export function subjectNow(step: StepState, procedure: Procedure | null): string {
  if (procedure === null) return nextSubject(step);
  return procedure.state === "passed" ? nextSubject(step, procedure.subject) : procedure.subject;
}

/** The procedure, where it belongs to this step. */
export const procedureOf = (bench: Bench, step: Step): Procedure | null => (bench.procedure?.step === step ? bench.procedure : null);

export const runs = (bench: Bench): boolean => bench.procedure?.state === "running";

/** What is to be done now: the newest thing told that asks a person for something. */
export function askedNow(log: readonly Said[]): Said | null {
  return log.findLast(({ code }) => ASKS.has(code)) ?? null;
}

const ASKS: ReadonlySet<string> = new Set([
  "leave_plate",
  "leave_shelf",
  "leave_door",
  "knock",
  "put_mass",
  "take_mass",
  "press",
  "open_door",
  "close_door",
  "empty_plate",
  "zeroing",
  "load",
  "unload",
  "asking",
  "looking",
  "unlocking",
  "open_unlocked",
  "take_goods",
  "give_back",
  "close_up",
  "counting",
  "asking_cloud",
]);

/** Rows of the draft, one group for each plate, door, device or line. */
export function grouped(draft: readonly Drafted[]): readonly { section: string; name: string; rows: readonly Drafted[] }[] {
  const groups: { section: string; name: string; rows: Drafted[] }[] = [];
  for (const row of draft) {
    const last = groups.at(-1);
    if (last?.section === row.section && last.name === row.name) last.rows.push(row);
    else groups.push({ section: row.section, name: row.name, rows: [row] });
  }
  return groups;
}
