/** The way to a new product: which steps there are, and how far somebody may go with what they have told so far. Pure. */

import { type Draft, type DraftField, read, type Wrong } from "../products/draft";

export const STEPS = ["code", "product", "weight", "photographs", "check", "done"] as const;
export type Step = (typeof STEPS)[number];

/** The fields that each step asks for; nothing is wanted of the others. */
export const ASKED: Readonly<Record<Step, readonly DraftField[]>> = {
  code: ["gtin"],
  product: ["name", "price", "tax"],
  weight: ["weight", "spread"],
  photographs: [],
  check: [],
  done: [],
};

/** The steps in a store with or without cameras. */
export const stepsOf = (cameras: boolean): readonly Step[] => (cameras ? STEPS : STEPS.filter((step) => step !== "photographs"));

/** What is wrong with the fields that a step asks for. */
export function wrongIn(step: Step, draft: Draft, decimals: number): Partial<Record<DraftField, Wrong>> {
  const told = read(draft, decimals);
  if (!("wrong" in told)) return {};
  return Object.fromEntries(ASKED[step].flatMap((field) => (told.wrong[field] === undefined ? [] : [[field, told.wrong[field]]])));
}

/** The step that `wanted` in an address means: the first one that still lacks something where it lies behind that. */
export function stepAt(wanted: string | undefined, steps: readonly Step[], draft: Draft, decimals: number, saved: boolean): Step {
  const asked = steps.indexOf(wanted as Step);
  const lacking = steps.findIndex((step) => Object.keys(wrongIn(step, draft, decimals)).length > 0);
  const furthest = lacking >= 0 ? lacking : steps.indexOf(saved ? "done" : "check");
  return steps[Math.max(0, Math.min(asked < 0 ? 0 : asked, furthest))] ?? "code";
}

/** Where `by` steps on lead from `step`. */
export function beside(step: Step, steps: readonly Step[], by: 1 | -1): Step | null {
  return steps[steps.indexOf(step) + by] ?? null;
}

/** The tax rate that most products have, as somebody would type it; "" where there is none. */
export function usualTax(rates: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const rate of rates) counts.set(rate, (counts.get(rate) ?? 0) + 1);
  return [...counts].sort(([one, times], [other, more]) => more - times || one - other)[0]?.[0] ?? null;
}
