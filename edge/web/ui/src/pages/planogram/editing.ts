/** A planogram under somebody's hands, while others may save theirs. Pure. */

import type { Goods } from "../../api/goods";
import { differences, rebased } from "./differences";
import { begun, did, type Past, redone, undone } from "../../parts/past";
import { equal, type Facing, facingOf, type Plan, put, quarter, remove } from "./plan";

/** `base`: as the store has it, which mine began with. `theirs`: what somebody else has saved since and nobody has looked at yet. */
export interface Editing {
  readonly base: Plan;
  readonly past: Past<Plan>;
  readonly theirs: Plan | null;
}

export type Act =
  | { readonly kind: "did"; readonly plan: Plan }
  | { readonly kind: "heard"; readonly plan: Plan }
  | { readonly kind: "undo" | "redo" | "discard" | "mineOnTop" | "takeTheirs" };

export const opened = (plan: Plan): Editing => ({ base: plan, past: begun(plan), theirs: null });

export function edit(state: Editing, act: Act): Editing {
  const { base, past, theirs } = state;
  switch (act.kind) {
    case "did":
      return { ...state, past: did(past, act.plan) };
    case "undo":
      return { ...state, past: undone(past) };
    case "redo":
      return { ...state, past: redone(past) };
    case "discard":
      return { ...state, past: did(past, base) };
    case "heard":
      return heard(state, act.plan);
    case "mineOnTop":
      return theirs === null ? state : { base: theirs, past: did(past, rebased(base, past.now, theirs).plan), theirs: null };
    case "takeTheirs":
      return theirs === null ? state : { base: theirs, past: did(past, theirs), theirs: null };
  }
}

/** How many facings differ from what the store has. */
export const countOf = ({ base, past }: Editing): number => differences(base, past.now).length;

/** The store's planogram. What is short below a quarter is so because nobody said otherwise. */
export function planOf({ facings }: Pick<Goods, "facings">): Plan {
  return facings.map(({ plate, gtin, count, short_below }) => ({ plate, gtin, count, shortBelow: short_below === quarter(count) ? null : short_below }));
}

/** What the store believes that a restocker has laid out, as one change of a plan. `count` 0: nothing of it stands there any more. A facing keeps its
 * share of units below which it is short. */
export function laidOut(plan: Plan, { plate, gtin, count }: Pick<Facing, "plate" | "gtin" | "count">): Plan {
  if (count === 0) return remove(plan, plate, gtin);
  const was = facingOf(plan, plate, gtin);
  const shortBelow = was === undefined || was.shortBelow === null ? null : Math.min(count, Math.ceil((was.shortBelow * count) / was.count));
  return put(plan, { plate, gtin, count, shortBelow });
}

function heard(state: Editing, plan: Plan): Editing {
  const { base, past } = state;
  if (equal(plan, past.now)) return { ...state, base: plan, theirs: null };
  if (equal(plan, base)) return state.theirs === null ? state : { ...state, theirs: null };
  return equal(past.now, base) ? opened(plan) : { ...state, theirs: plan };
}
