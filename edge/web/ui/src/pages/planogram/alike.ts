/** Goods that a plate, or two plates side by side, cannot tell apart: told while they are put there, by the same measure as the store's. Pure. */

import type { Plan } from "./plan";

export interface Weighed {
  readonly gtin: string;
  readonly unitG: number;
  readonly sdG: number;
}

/** `units` of one product weigh nearly what `otherUnits` of the other do. */
export interface Alike {
  readonly gtin: string;
  readonly units: number;
  readonly other: string;
  readonly otherUnits: number;
  readonly plate: string;
  /** The same as `plate` where both stand on it. */
  readonly otherPlate: string;
}

const APART_SD = 4; // standard deviations between two weights; nearer than that, more than one in forty is taken for the other
const NOISE_G = 1; // g; what a plate itself adds to a change
const PAIRS = [[1, 1], [1, 2], [2, 1]] as const; // units taken at once that are compared

/** Every pair of products that stand too near and weigh too much alike, once. */
export function alikeOn(plan: Plan, products: ReadonlyMap<string, Weighed>, neighbours: ReadonlyMap<string, readonly string[]>): readonly Alike[] {
  const beside = (one: string, other: string): boolean => (neighbours.get(one)?.includes(other) ?? false) || (neighbours.get(other)?.includes(one) ?? false);
  const told = new Set<string>();
  return plan.flatMap((first, place) =>
    plan.slice(place + 1).flatMap((second) => {
      const [one, other] = [products.get(first.gtin), products.get(second.gtin)];
      if (one === undefined || other === undefined || one === other) return [];
      if (first.plate !== second.plate && !beside(first.plate, second.plate)) return [];
      const name = [one.gtin, other.gtin].sort().join(" ");
      const found = PAIRS.find(([units, otherUnits]) => weighAlike(one, units, other, otherUnits));
      if (found === undefined || told.has(name)) return [];
      told.add(name);
      return [{ gtin: one.gtin, units: found[0], other: other.gtin, otherUnits: found[1], plate: first.plate, otherPlate: second.plate }];
    }),
  );
}

function weighAlike(one: Weighed, units: number, other: Weighed, otherUnits: number): boolean {
  const apartG = Math.abs(units * one.unitG - otherUnits * other.unitG);
  return apartG < APART_SD * Math.sqrt(units * one.sdG ** 2 + otherUnits * other.sdG ** 2 + NOISE_G ** 2);
}
