/** A planogram while somebody changes it: which product stands on which plate, and how many of it. Pure: every change is a new plan. */

/** `count` units when full, fewer than `shortBelow` are a shortage; null: a quarter of it, 0: never. */
export interface Facing {
  readonly plate: string;
  readonly gtin: string;
  readonly count: number;
  readonly shortBelow: number | null;
}

export type Plan = readonly Facing[];

/** What a plate carries, and what one unit of a product weighs. */
export interface Load {
  readonly ratedG: ReadonlyMap<string, number>;
  readonly unitG: ReadonlyMap<string, number>;
}

export const MOST_UNITS = 1000; // what the store takes for a count
const FIRST_COUNT = 6; // units of a product that stands nowhere yet; a row of bottles

export const same = (one: Facing, plate: string, gtin: string): boolean => one.plate === plate && one.gtin === gtin;
export const facingOf = (plan: Plan, plate: string, gtin: string): Facing | undefined => plan.find((one) => same(one, plate, gtin));
export const onPlate = (plan: Plan, plate: string): Plan => plan.filter((one) => one.plate === plate);

/** Fewer units than this are a shortage. */
export const leastOf = ({ count, shortBelow }: Pick<Facing, "count" | "shortBelow">): number => shortBelow ?? quarter(count);

/** What is short where nothing else is said: less than a quarter. */
export const quarter = (count: number): number => Math.ceil(count / 4);

/** With `facing` in it, behind the others; one of the same product on the same plate gives way, in its place. */
export function put(plan: Plan, facing: Facing): Plan {
  const there = facingOf(plan, facing.plate, facing.gtin);
  return there === undefined ? [...plan, facing] : plan.map((one) => (one === there ? facing : one));
}

export const remove = (plan: Plan, plate: string, gtin: string): Plan => plan.filter((one) => !same(one, plate, gtin));

/** The product goes from one plate to another with all that it holds; where it stands there already both become one facing. */
export function move(plan: Plan, gtin: string, from: string, to: string): Plan {
  const moved = facingOf(plan, from, gtin);
  if (moved === undefined || from === to) return plan;
  const there = facingOf(plan, to, gtin);
  const count = Math.min(MOST_UNITS, moved.count + (there?.count ?? 0));
  const [own, other] = [moved.shortBelow, there?.shortBelow ?? null];
  const shortBelow = own === null || there === undefined ? own : other === null ? null : Math.min(count, own + other);
  return put(remove(plan, from, gtin), { plate: to, gtin, count, shortBelow });
}

/** How many units of a product a new facing begins with: as elsewhere, as many as the plate can still carry. At least 1. */
export function firstCount(plan: Plan, plate: string, gtin: string, load: Load): number {
  const elsewhere = plan.find((one) => one.gtin === gtin)?.count ?? FIRST_COUNT;
  const unitG = load.unitG.get(gtin) ?? 0;
  const ratedG = load.ratedG.get(plate) ?? 0;
  const fits = unitG > 0 && ratedG > 0 ? Math.floor((ratedG - loadOf(plan, plate, load)) / unitG) : elsewhere;
  return Math.max(1, Math.min(elsewhere, fits));
}

/** Grams on a plate when all that belongs there is full. */
export function loadOf(plan: Plan, plate: string, load: Load): number {
  return onPlate(plan, plate).reduce((sum, { gtin, count }) => sum + count * (load.unitG.get(gtin) ?? 0), 0);
}

/** The same facings, whatever their order. */
export function equal(one: Plan, other: Plan): boolean {
  return one.length === other.length && one.every((facing) => alike(facing, facingOf(other, facing.plate, facing.gtin)));
}

export const alike = (one: Facing | undefined, other: Facing | undefined): boolean => one?.count === other?.count && one?.shortBelow === other?.shortBelow;
