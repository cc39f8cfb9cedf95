/** Names for the values that the store's API speaks of. The shapes are generated into schema.d.ts: `npm run schema`. Types only. */

import type { components } from "./schema";

type Schemas = components["schemas"];

/** The server sends every field of an answer, also those that have a default. */
export type Complete<T> = T extends (infer Item)[] ? Complete<Item>[] : T extends object ? { [Key in keyof T]-?: Complete<T[Key]> } : T;

export type Snapshot = Complete<Schemas["StoreSnapshot"]>;
export type Cabinet = Snapshot["cabinet"];
export type Phase = Cabinet["phase"];
export type Door = Snapshot["doors"][number];
export type Plate = Snapshot["plates"][number];
export type Content = Plate["contents"][number];
export type StockRow = Snapshot["stock"]["products"][number];
export type Visit = NonNullable<Snapshot["visit"]>;
export type ReceiptRow = Snapshot["receipts"][number];
export type BasketRow = ReceiptRow["lines"][number];
export type Weighed = BasketRow["evidence"][number];
export type Sight = BasketRow["pictures"][number];
export type Camera = Snapshot["eye"]["cameras"][number];
export type Eye = Snapshot["eye"];
export type Cloud = Snapshot["cloud"];
export type Alarm = Snapshot["alarms"][number];
export type Severity = Alarm["severity"];
export type Said = NonNullable<Alarm["said"]>;
export type Reason = Cabinet["reasons"][number];

/** A kept receipt as /api/v1/receipts tells it; `notes` and `pictures` are left out where there are none. */
export type ReceiptRecord = Schemas["ReceiptRecord"];
export type Outcome = ReceiptRecord["outcome"];
