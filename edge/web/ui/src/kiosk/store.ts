/** The store as the shopper's screen is told of it: a narrow picture over a stream of its own. */

import { useSyncExternalStore } from "react";
import { browserLine } from "../api/line";
import { type LiveState, storeNow } from "../api/live";
import type { components } from "../api/schema";
import { useSecond } from "../api/second";
import type { Complete } from "../api/store";

export type Snapshot = Complete<components["schemas"]["KioskSnapshot"]>;
export type Phase = Snapshot["phase"];
export type Visit = NonNullable<Snapshot["visit"]>;
export type Receipt = NonNullable<Snapshot["receipt"]>;

export const line = browserLine<Snapshot>("/api/v1/kiosk/stream");

/** A part of the line's state. `select` gives a part as it is, or a plain value: never a new object. */
export function useLine<T>(select: (state: LiveState<Snapshot>) => T): T {
  return useSyncExternalStore(line.subscribe, () => select(line.state()));
}

/** The store's monotonic time in seconds. Draws again every second. */
export function useStoreNow(): number {
  useSecond();
  return storeNow(line.state(), performance.now());
}
