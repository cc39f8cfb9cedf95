/** What differs between two planograms, and how somebody's changes are made again on top of another's. Pure. */

import { alike, equal, type Facing, facingOf, type Plan, put, remove } from "./plan";

/** One facing that differs; `before` or `after` undefined: there is none. `movedFrom`: the same goods stood there, as many of them. */
export interface Difference {
  readonly plate: string;
  readonly gtin: string;
  readonly before: Facing | undefined;
  readonly after: Facing | undefined;
  readonly movedFrom?: string;
}

/** Every facing that differs, in the order of `after`, those that are gone behind them. A move is one difference and not two. */
export function differences(before: Plan, after: Plan): readonly Difference[] {
  const gone = before.filter((one) => facingOf(after, one.plate, one.gtin) === undefined);
  const moved = new Set<Facing>();
  const changed = after.flatMap((one): Difference[] => {
    const was = facingOf(before, one.plate, one.gtin);
    if (was !== undefined) return alike(was, one) ? [] : [{ plate: one.plate, gtin: one.gtin, before: was, after: one }];
    const from = gone.find((other) => other.gtin === one.gtin && other.count === one.count && !moved.has(other));
    if (from === undefined) return [{ plate: one.plate, gtin: one.gtin, before: undefined, after: one }];
    moved.add(from);
    return [{ plate: one.plate, gtin: one.gtin, before: undefined, after: one, movedFrom: from.plate }];
  });
  const removed = gone.filter((one) => !moved.has(one)).map((one): Difference => ({ plate: one.plate, gtin: one.gtin, before: one, after: undefined }));
  return [...changed, ...removed];
}

export interface Rebased {
  readonly plan: Plan;
  /** Facings that both have changed, and not alike: here mine holds. */
  readonly both: readonly { readonly plate: string; readonly gtin: string; readonly theirs: Facing | undefined; readonly mine: Facing | undefined }[];
}

/** What I made of `base`, made again of what somebody else made of it. */
export function rebased(base: Plan, mine: Plan, theirs: Plan): Rebased {
  const places = new Map([...base, ...mine].map((one) => [`${one.plate}\n${one.gtin}`, one]));
  let plan = theirs;
  const both: Rebased["both"][number][] = [];
  for (const { plate, gtin } of places.values()) {
    const [was, wanted, found] = [base, mine, theirs].map((one) => facingOf(one, plate, gtin));
    if (alike(was, wanted)) continue;
    if (!alike(was, found) && !alike(wanted, found)) both.push({ plate, gtin, theirs: found, mine: wanted });
    plan = wanted === undefined ? remove(plan, plate, gtin) : put(plan, wanted);
  }
  return { plan: equal(plan, theirs) ? theirs : plan, both };
}
