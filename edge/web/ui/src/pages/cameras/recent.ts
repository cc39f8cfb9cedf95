/** What the cameras recognised in the latest visits, newest first. Pure. */

import type { Bill, BillSight } from "../visits/bill";

export interface SightOfVisit extends BillSight {
  readonly visit: string;
  readonly short: string;
  /** Whether it speaks for a line of the receipt. */
  readonly told: boolean;
}

/** At most `most` sights of `bills` (newest first); those whose time nobody knows stand behind the others of their visit. */
export function recentSights(bills: readonly Bill[], most: number): SightOfVisit[] {
  const all: SightOfVisit[] = [];
  for (const bill of bills) {
    if (all.length >= most) break;
    const of = (told: boolean) => (sight: BillSight): SightOfVisit => ({ ...sight, visit: bill.visit, short: bill.short, told });
    const own = [...bill.lines.flatMap((line) => line.sights.map(of(true))), ...bill.sights.map(of(false))];
    const distinct = new Map(own.reverse().map((sight) => [`${sight.camera} ${sight.evidence} ${sight.atS}`, sight]));
    all.push(...[...distinct.values()].sort((one, other) => (other.atS ?? 0) - (one.atS ?? 0)));
  }
  return all.slice(0, most);
}
