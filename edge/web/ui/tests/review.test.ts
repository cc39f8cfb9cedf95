import { describe, expect, it } from "vitest";
import type { ReceiptRecord } from "../src/api/store";
import { changed, type DraftLine, dueMinor, offersOf, readingsOf, reread, standingOf, totalOf, withQuantity } from "../src/pages/review/draft";

const line = (gtin: string, quantity: number, price: number) => ({
  gtin,
  name: `Product ${gtin}`,
  quantity,
  unit_price_minor: price,
  total_minor: price * quantity,
  tax_bp: 700,
  tax_minor: 0,
});
const revision = (number: number, lines: ReturnType<typeof line>[]) => ({
  revision: { revision: number, decision: "corrected", lines, total_minor: lines.reduce((sum, one) => sum + one.total_minor, 0) },
});

function record(status: "final" | "provisional", revisions: ReturnType<typeof revision>[] = []): ReceiptRecord {
  const lines = [
    {
      ...line("1", 2, 150),
      probability: 0.7,
      evidence: [],
      quantities: [{ quantity: 2, probability: 0.7 }, { quantity: 1, probability: 0.05 }],
      alternatives: [{ gtin: "2", quantity: 1, probability: 0.2 }, { gtin: "9", quantity: 1, probability: 0.001 }],
    },
    { ...line("3", 1, 99), probability: 0.99, evidence: [] },
  ];
  return { receipt: { status, lines, total_minor: 399 }, revisions } as unknown as ReceiptRecord;
}

const offers = offersOf(record("final"), [
  { gtin: "1", name: "One", priceMinor: 999 },
  { gtin: "2", name: "Two", priceMinor: 120 },
]);
const lines = standingOf(record("final")).lines;
const told = (all: readonly DraftLine[]) => all.map(({ gtin, quantity }) => [gtin, quantity]);

describe("what holds", () => {
  it("is the receipt, charged only when it was final", () => {
    expect(standingOf(record("final"))).toMatchObject({ revision: 0, totalMinor: 399, chargedMinor: 399 });
    expect(standingOf(record("provisional"))).toMatchObject({ revision: 0, totalMinor: 399, chargedMinor: 0 });
  });

  it("is the last decision where there is one, and that was charged", () => {
    const decided = standingOf(record("provisional", [revision(1, [line("1", 1, 150)]), revision(2, [])]));
    expect(decided).toMatchObject({ revision: 2, lines: [], totalMinor: 0, chargedMinor: 0 });
    expect(standingOf(record("provisional", [revision(1, [line("1", 1, 150)])]))).toMatchObject({ revision: 1, totalMinor: 150, chargedMinor: 150 });
  });
});

describe("prices", () => {
  it("are those of the visit, and today's for what was never on the receipt", () => {
    expect(offers.map(({ gtin, priceMinor }) => [gtin, priceMinor])).toEqual([["1", 150], ["3", 99], ["2", 120]]);
    expect(offersOf(record("final", [revision(1, [line("2", 1, 80)])]), offers).find(({ gtin }) => gtin === "2")?.priceMinor).toBe(80);
  });
});

describe("money", () => {
  it("is told before a decision is taken", () => {
    const one = withQuantity(lines, offers[0]!, 1);
    expect([dueMinor("confirmed", standingOf(record("final")), one), dueMinor("corrected", standingOf(record("final")), one)]).toEqual([0, -150]);
    expect(dueMinor("refunded", standingOf(record("final")), one)).toBe(-399);
    expect([dueMinor("confirmed", standingOf(record("provisional")), one), dueMinor("corrected", standingOf(record("provisional")), one)]).toEqual([399, 249]);
    expect(dueMinor("refunded", standingOf(record("provisional")), one)).toBe(0);
  });
});

describe("lines", () => {
  it("go away at none and come at one", () => {
    expect(told(withQuantity(lines, offers[0]!, 0))).toEqual([["3", 1]]);
    expect(told(withQuantity(lines, offers[2]!, 1))).toEqual([["1", 2], ["3", 1], ["2", 1]]);
    expect(told(withQuantity(lines, offers[0]!, 5000))[0]).toEqual(["1", 1000]);
    expect(totalOf(withQuantity(lines, offers[2]!, 3))).toBe(759);
  });

  it("are changed when a product or its number is another", () => {
    expect(changed(lines, [...lines].reverse())).toBe(false);
    expect(changed(lines, withQuantity(lines, offers[0]!, 1))).toBe(true);
    expect(changed(lines, withQuantity(lines, offers[2]!, 1))).toBe(true);
  });
});

describe("other readings", () => {
  it("are what the evidence leaves open, likeliest first", () => {
    expect(readingsOf(record("final"), "1")).toEqual([
      { gtin: "2", quantity: 1, probability: 0.2 },
      { gtin: null, quantity: 1, probability: 0.05 },
    ]);
    expect(readingsOf(record("final"), "7")).toEqual([]);
  });

  it("take the place of the line", () => {
    expect(told(reread(lines, "1", { gtin: "2", quantity: 1, probability: 0.2 }, offers))).toEqual([["2", 1], ["3", 1]]);
    expect(told(reread(lines, "1", { gtin: "3", quantity: 2, probability: 0.2 }, offers))).toEqual([["3", 3]]);
    expect(told(reread(lines, "1", { gtin: null, quantity: 0, probability: 0.2 }, offers))).toEqual([["3", 1]]);
    expect(reread(lines, "1", { gtin: "9", quantity: 1, probability: 0.2 }, offers)).toBe(lines);
  });
});
