/** What a person makes of a receipt before they decide: lines that can be changed, and what each decision does to the money. Pure. */

import type { ReceiptRecord } from "../../api/store";

export type Decision = NonNullable<ReceiptRecord["revisions"]>[number]["revision"]["decision"];

/** A product with the price that it has in this visit. */
export interface Offer {
  readonly gtin: string;
  readonly name: string;
  readonly priceMinor: number;
}

export interface DraftLine extends Offer {
  readonly quantity: number;
}

/** What holds about a receipt now: the last decision, or else what the machine believed. */
export interface Standing {
  readonly revision: number;
  readonly lines: readonly DraftLine[];
  readonly totalMinor: number;
  /** What the shopper has been charged; a provisional receipt is charged by the first decision. */
  readonly chargedMinor: number;
}

/** Another way to read the evidence of one line: take these in place of it. `gtin` null: this many of the line's own product. */
export interface Reading {
  readonly gtin: string | null;
  readonly quantity: number;
  readonly probability: number;
}

export const MOST_UNITS = 1000; // of one product; the store takes no more
const LEAST_TOLD = 0.01; // probability below which another reading is noise

export function standingOf(record: ReceiptRecord): Standing {
  const { receipt } = record;
  const last = record.revisions?.at(-1)?.revision;
  const lines = (last?.lines ?? receipt.lines).map(({ gtin, name, quantity, unit_price_minor }) => ({ gtin, name, quantity, priceMinor: unit_price_minor }));
  const totalMinor = last?.total_minor ?? receipt.total_minor;
  const charged = last !== undefined || receipt.status === "final";
  return { revision: last?.revision ?? 0, lines, totalMinor, chargedMinor: charged ? totalMinor : 0 };
}

/** What can stand on the receipt: what it or a revision ever named at that price, then the goods of today's shelves at today's. */
export function offersOf(record: ReceiptRecord, today: readonly Offer[]): readonly Offer[] {
  const own = [...record.receipt.lines, ...(record.revisions ?? []).flatMap(({ revision }) => revision.lines)];
  const known = new Map<string, Offer>();
  for (const { gtin, name, unit_price_minor } of own) if (!known.has(gtin)) known.set(gtin, { gtin, name, priceMinor: unit_price_minor });
  for (const offer of today) if (!known.has(offer.gtin)) known.set(offer.gtin, offer);
  return [...known.values()];
}

export const totalOf = (lines: readonly DraftLine[]): number => lines.reduce((sum, { priceMinor, quantity }) => sum + priceMinor * quantity, 0);

export const piecesOf = (lines: readonly DraftLine[]): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** Whether somebody has changed something: which products and how many of each, in whatever order. */
export function changed(before: readonly DraftLine[], after: readonly DraftLine[]): boolean {
  const counts = new Map(before.map(({ gtin, quantity }) => [gtin, quantity]));
  return before.length !== after.length || after.some(({ gtin, quantity }) => counts.get(gtin) !== quantity);
}

/** What is due by a decision: a further charge above 0, a refund below. */
export function dueMinor(decision: Decision, standing: Standing, lines: readonly DraftLine[]): number {
  const total = decision === "refunded" ? 0 : decision === "confirmed" ? standing.totalMinor : totalOf(lines);
  return total - standing.chargedMinor;
}

/** `lines` with this many of one product; none takes the line away, a product that is not there is added. */
export function withQuantity(lines: readonly DraftLine[], offer: Offer, quantity: number): readonly DraftLine[] {
  const wanted = Math.min(MOST_UNITS, Math.max(0, quantity));
  if (wanted === 0) return lines.filter((line) => line.gtin !== offer.gtin);
  if (!lines.some((line) => line.gtin === offer.gtin)) return [...lines, { ...offer, quantity: wanted }];
  return lines.map((line) => (line.gtin === offer.gtin ? { ...line, quantity: wanted } : line));
}

/** `lines` after another reading of the line of `gtin`: so many of it, or something else in its place. */
export function reread(lines: readonly DraftLine[], gtin: string, reading: Reading, offers: readonly Offer[]): readonly DraftLine[] {
  const offer = offers.find((one) => one.gtin === (reading.gtin ?? gtin));
  if (offer === undefined) return lines;
  if (reading.gtin === null) return withQuantity(lines, offer, reading.quantity);
  const there = lines.find((line) => line.gtin === offer.gtin)?.quantity ?? 0;
  const place = lines.findIndex((line) => line.gtin === gtin);
  const without = lines.filter((line) => line.gtin !== gtin);
  if (there > 0) return withQuantity(without, offer, there + reading.quantity);
  return [...without.slice(0, place), { ...offer, quantity: reading.quantity }, ...without.slice(place)];
}

/** Other readings of one line of the machine's receipt, likeliest first. */
export function readingsOf(record: ReceiptRecord, gtin: string): readonly Reading[] {
  const line = record.receipt.lines.find((one) => one.gtin === gtin);
  if (line === undefined) return [];
  const counts = (line.quantities ?? []).map(({ quantity, probability }) => ({ gtin: null, quantity, probability }));
  const others = (line.alternatives ?? []).map((one) => ({ gtin: one.gtin, quantity: one.quantity, probability: one.probability }));
  const told = [...counts.filter(({ quantity }) => quantity !== line.quantity), ...others].filter(({ probability }) => probability >= LEAST_TOLD);
  return told.sort((one, other) => other.probability - one.probability);
}
