/** What a day has brought so far, from the receipts that are known. Pure. */

import type { ReceiptRecord } from "../../api/store";
import { standingOf } from "../review/draft";

export interface DaySums {
  readonly takingsMinor: number;
  readonly reviewMinor: number;
  readonly visits: number;
  readonly reviews: number;
  readonly nothing: number;
}

/** The first moment of the calendar day of `nowUnixS` where the browser stands, in seconds. */
export function midnight(nowUnixS: number): number {
  const day = new Date(nowUnixS * 1000);
  day.setHours(0, 0, 0, 0);
  return day.getTime() / 1000;
}

/** Sums of the visits since `sinceUnixS`; receipts without a time count where `records` (newest first) puts them. */
export function sumsOf(records: readonly ReceiptRecord[], sinceUnixS: number): DaySums {
  const end = records.findIndex((record) => record.issued_unix_s !== null && record.issued_unix_s < sinceUnixS);
  const day = end < 0 ? records : records.slice(0, end);
  const sum = (outcome: ReceiptRecord["outcome"]): number =>
    day.filter((record) => record.outcome === outcome).reduce((total, record) => total + standingOf(record).totalMinor, 0);
  const count = (outcome: ReceiptRecord["outcome"]): number => day.filter((record) => record.outcome === outcome).length;
  return { takingsMinor: sum("billed"), reviewMinor: sum("review"), visits: day.length, reviews: count("review"), nothing: count("nothing_taken") };
}

/** Whether older receipts must be asked for before the day is whole. `before` as the ledger keeps it. */
export function dayIsWhole(records: readonly ReceiptRecord[], before: string | null | undefined, sinceUnixS: number): boolean {
  const oldest = records.at(-1)?.issued_unix_s ?? null;
  return before === null || (before !== undefined && oldest !== null && oldest < sinceUnixS);
}
