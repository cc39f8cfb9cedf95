/** One receipt as the pages show it, made of the record that the store keeps. Pure. */

import type { Outcome, ReceiptRecord } from "../../api/store";
import type { Change, Hand } from "../../parts/trace";
import { standingOf } from "../review/draft";

export interface BillGuess {
  /** "": none of the products that the eye knows. */
  readonly gtin: string;
  readonly name: string;
  readonly probability: number;
}

export interface BillSight extends Hand {
  readonly camera: string;
  readonly direction: "taken" | "put" | "unclear";
  readonly guesses: readonly BillGuess[];
  readonly barcode: string | null;
  readonly evidence: string;
}

export interface BillLine {
  readonly gtin: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly totalMinor: number;
  readonly probability: number;
  readonly quantities: readonly { readonly quantity: number; readonly probability: number }[];
  readonly alternatives: readonly { readonly name: string; readonly quantity: number; readonly probability: number }[];
  readonly changes: readonly Change[];
  readonly sights: readonly BillSight[];
}

export interface Bill {
  readonly visit: string;
  readonly short: string;
  readonly outcome: Outcome;
  readonly currency: string;
  readonly totalMinor: number;
  /** What the visit costs by the last decision about it; the total where nobody has decided. */
  readonly holdsMinor: number;
  readonly taxes: readonly { readonly basisPoints: number; readonly minor: number }[];
  readonly lines: readonly BillLine[];
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly issuedS: number | null;
  readonly tookS: number | null;
  readonly sent: boolean;
  readonly probability: number | null;
  readonly unexplained: readonly Change[];
  readonly sights: readonly BillSight[];
}

const LONGEST_VISIT_S = 86_400; // s; evidence that seems older belongs to another boot, whose clock says nothing here
const SHORT = 6; // characters of a visit id that a person compares on two screens

/** `names`: what the catalogue calls a GTIN, for products that stand on no line. */
export function billOf(record: ReceiptRecord, names: ReadonlyMap<string, string>): Bill {
  const { receipt } = record;
  const nameOf = (gtin: string): string => receipt.lines.find((line) => line.gtin === gtin)?.name ?? names.get(gtin) ?? gtin;
  const wall = (atNs: number): number | null => {
    const ageS = typeof receipt.issued_ns === "number" ? (receipt.issued_ns - atNs) / 1e9 : null;
    return ageS === null || ageS < 0 || ageS > LONGEST_VISIT_S || record.issued_unix_s === null ? null : record.issued_unix_s - ageS;
  };
  const change = (one: { plate: string; at_ns: number; delta_g: number }): Change => ({ plate: one.plate, grams: one.delta_g, atS: wall(one.at_ns) });
  const sight = (one: NonNullable<ReceiptRecord["receipt"]["pictures"]>[number]): BillSight => ({
    camera: one.camera,
    plates: one.plates,
    direction: one.direction,
    atS: wall(one.at_ns),
    guesses: one.guesses.map(({ gtin, probability }) => ({ gtin, name: gtin === "" ? "" : nameOf(gtin), probability })),
    barcode: one.barcode ?? null,
    evidence: one.evidence ?? "",
  });
  return {
    visit: receipt.visit,
    short: receipt.visit.slice(-SHORT),
    outcome: record.outcome,
    currency: receipt.currency,
    totalMinor: receipt.total_minor,
    holdsMinor: standingOf(record).totalMinor,
    taxes: taxesOf(receipt.lines),
    lines: receipt.lines.map((line) => ({
      gtin: line.gtin,
      name: line.name,
      quantity: line.quantity,
      unitPriceMinor: line.unit_price_minor,
      totalMinor: line.total_minor,
      probability: line.probability,
      quantities: line.quantities ?? [],
      alternatives: (line.alternatives ?? []).map(({ gtin, quantity, probability }) => ({ name: nameOf(gtin), quantity, probability })),
      changes: line.evidence.map(change),
      sights: (line.pictures ?? []).map(sight),
    })),
    reasons: receipt.review_reasons,
    notes: receipt.notes ?? [],
    issuedS: record.issued_unix_s,
    tookS: record.took_s,
    sent: record.sent,
    probability: receipt.probability ?? null,
    unexplained: receipt.unexplained.map(change),
    sights: (receipt.pictures ?? []).map(sight),
  };
}

/** Pieces on the receipt. */
export const piecesOf = (bill: Bill): number => bill.lines.reduce((sum, line) => sum + line.quantity, 0);

function taxesOf(lines: readonly { tax_bp: number; tax_minor: number }[]): Bill["taxes"] {
  const sums = new Map<number, number>();
  for (const { tax_bp, tax_minor } of lines) if (tax_minor !== 0) sums.set(tax_bp, (sums.get(tax_bp) ?? 0) + tax_minor);
  return [...sums].sort(([one], [other]) => one - other).map(([basisPoints, minor]) => ({ basisPoints, minor }));
}
