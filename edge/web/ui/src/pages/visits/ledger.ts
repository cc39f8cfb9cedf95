/** The receipts that this page knows, newest first: the first page is asked for anew when a visit ends, older ones when somebody wants them. */

import { useEffect, useSyncExternalStore } from "react";
import { get } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { ReceiptRecord } from "../../api/store";
import { useSnapshot } from "../../api/use";

export interface Ledger {
  readonly records: readonly ReceiptRecord[];
  /** Where the page after the oldest record begins; null: that was the oldest there is; undefined: not asked yet. */
  readonly before: string | null | undefined;
  readonly loading: boolean;
  readonly problem: ApiProblem | null;
}

const FIRST = 25; // receipts; more than end while nobody looks
const FURTHER = 100; // receipts a page of older ones
const MOST_KEPT = 1000; // receipts; a page left open for days must not grow

const EMPTY: Ledger = { records: [], before: undefined, loading: false, problem: null };
let ledger = EMPTY;
let wanted = 0;
const listeners = new Set<() => void>();

/** The ledger, kept fresh while it is shown. */
export function useLedger(): Ledger {
  const newest = useSnapshot((snapshot) => snapshot.receipts[0]?.visit);
  const confirmed = useSnapshot((snapshot) => snapshot.cloud.confirmed_total);
  useEffect(() => {
    void refresh();
  }, [newest, confirmed]);
  return useSyncExternalStore(subscribe, () => ledger);
}

/** Ask for the newest again. */
export function refresh(): Promise<void> {
  return load(null, FIRST);
}

/** Ask for those before the oldest known; does nothing where there are none, or while it is asking. */
export async function older(): Promise<void> {
  if (ledger.loading || typeof ledger.before !== "string") return;
  await load(ledger.before, FURTHER);
}

/** `known` with one `page` of records in it; where a gap is left between them, what was known is let go. Pure. */
export function merged(known: Ledger, page: readonly ReceiptRecord[], next: string | null, before: string | null): Pick<Ledger, "records" | "before"> {
  const told = new Set(page.map((record) => record.receipt.visit));
  const touches = before !== null || next === null || known.records.some((record) => told.has(record.receipt.visit));
  if (!touches || known.before === undefined) return { records: page, before: next };
  if (before !== null && page.every((record) => known.records.some((one) => one.receipt.visit === record.receipt.visit))) return { records: known.records, before: null };
  const others = known.records.filter((record) => !told.has(record.receipt.visit));
  const all = [...page, ...others].sort((one, other) => (one.receipt.visit < other.receipt.visit ? 1 : -1));
  const kept = all.slice(0, MOST_KEPT);
  const oldest = kept.at(-1)?.receipt.visit ?? null;
  if (kept.length < all.length) return { records: kept, before: oldest };
  return { records: kept, before: before === null ? (next === null ? null : known.before) : next };
}

async function load(before: string | null, limit: number): Promise<void> {
  const mine = (wanted += 1);
  set({ ...ledger, loading: true });
  try {
    const page = await get("/api/v1/receipts", { query: { limit, before } });
    set({ ...merged(ledger, page.receipts, page.next_before, before), loading: mine !== wanted, problem: null });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    set({ ...ledger, loading: mine !== wanted, problem: error });
  }
}

function set(next: Ledger): void {
  ledger = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
