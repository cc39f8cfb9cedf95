import { describe, expect, it } from "vitest";
import type { ReceiptRecord } from "../src/api/store";
import { billOf, piecesOf } from "../src/pages/visits/bill";
import { type Ledger, merged } from "../src/pages/visits/ledger";
import { traceOf } from "../src/parts/trace";

function record(visit: string, issued: number | null, outcome: ReceiptRecord["outcome"] = "billed", total = 100): ReceiptRecord {
  const line = { gtin: "1", name: "Bar", quantity: 2, unit_price_minor: 50, total_minor: total, tax_bp: 700, tax_minor: 7, probability: 0.9, evidence: [{ plate: "A1", at_ns: 8e9, delta_g: -40, sd_g: 1 }] };
  const alternatives = [{ gtin: "2", quantity: 1, probability: 0.05 }];
  const pictures = [{ camera: "front", reach: 1, at_ns: 9e9, plates: ["A1"], direction: "taken", guesses: [{ gtin: "1", probability: 0.7 }, { gtin: "", probability: 0.3 }] }];
  return {
    receipt: { visit, holder: "h", status: "final", currency: "EUR", total_minor: total, tax_minor: 7, price_version: "p", review_reasons: [], unexplained: [], issued_ns: 10e9, lines: [{ ...line, alternatives, pictures }] },
    outcome,
    issued_unix_s: issued,
    took_s: 0.2,
    sent: true,
  } as unknown as ReceiptRecord;
}

describe("a bill", () => {
  const bill = billOf(record("visit-000001", 1000), new Map([["2", "Cola"]]));

  it("places evidence on the wall clock", () => {
    expect(bill.lines[0]?.changes).toEqual([{ plate: "A1", grams: -40, atS: 998 }]);
    expect(bill.lines[0]?.sights[0]).toMatchObject({ atS: 999, evidence: "", barcode: null });
  });

  it("names what it can", () => {
    expect(bill.lines[0]?.alternatives[0]?.name).toBe("Cola");
    expect(bill.lines[0]?.sights[0]?.guesses.map(({ name }) => name)).toEqual(["Bar", ""]);
    expect(billOf(record("v", 1), new Map()).lines[0]?.alternatives[0]?.name).toBe("2");
  });

  it("counts pieces and taxes, and takes missing lists as empty", () => {
    expect(piecesOf(bill)).toBe(2);
    expect(bill.taxes).toEqual([{ basisPoints: 700, minor: 7 }]);
    expect([bill.notes, bill.sights, bill.short]).toEqual([[], [], "000001"]);
  });

  it("gives no time to what another boot weighed", () => {
    const old = record("v", 1000);
    old.receipt.lines[0]?.evidence.push({ plate: "A1", at_ns: 11e9, delta_g: 1, sd_g: 1 });
    expect(billOf(old, new Map()).lines[0]?.changes[1]?.atS).toBeNull();
    expect(billOf(record("v", null), new Map()).lines[0]?.changes[0]?.atS).toBeNull();
  });
});

describe("the ledger", () => {
  const start: Ledger = { records: [], before: undefined, loading: false, problem: null };
  const at = (...visits: string[]): ReceiptRecord[] => visits.map((visit) => record(visit, 1));
  const visits = ({ records }: Pick<Ledger, "records">): string[] => records.map(({ receipt }) => receipt.visit);

  it("takes the first page as it is", () => expect(merged(start, at("5", "4"), "4", null)).toEqual({ records: at("5", "4"), before: "4" }));

  it("puts newer ones before those it knows", () => {
    const known = { ...start, records: at("5", "4", "3"), before: "3" };
    const next = merged(known, at("6", "5"), "5", null);
    expect([visits(next), next.before]).toEqual([["6", "5", "4", "3"], "3"]);
  });

  it("lets go of what a gap separates", () => {
    const known = { ...start, records: at("5", "4"), before: "4" };
    const next = merged(known, at("9", "8"), "8", null);
    expect([visits(next), next.before]).toEqual([["9", "8"], "8"]);
  });

  it("adds older ones behind, up to the end", () => {
    const known = { ...start, records: at("5", "4"), before: "4" };
    expect(visits(merged(known, at("3", "2"), "2", "4"))).toEqual(["5", "4", "3", "2"]);
    expect(merged(known, at("3"), null, "4").before).toBeNull();
  });

  it("takes a page with nothing new for the end", () => {
    const known = { ...start, records: at("5", "4"), before: "4" };
    expect(merged(known, at("5", "4"), "4", "4")).toEqual({ records: known.records, before: null });
  });

  it("does not grow without end", () => {
    const many = Array.from({ length: 1000 }, (_, number) => String(9999 - number));
    const next = merged({ ...start, records: at(...many), before: "9000" }, at("99999", "9999"), "9999", null);
    expect([next.records.length, next.before]).toEqual([1000, "9001"]);
  });
});

describe("the trace", () => {
  it("is nothing where nothing can be placed", () => {
    expect(traceOf([{ plate: "A1", grams: -40, atS: null }], [])).toBeNull();
    expect(traceOf([{ plate: "A1", grams: -0.4, atS: 5 }], [])).toBeNull();
  });

  it("steps down where something was taken and up where it came back", () => {
    const drawing = traceOf([{ plate: "A1", grams: -40, atS: 10 }, { plate: "A1", grams: 40, atS: 18 }], [{ plates: ["A1"], atS: 10 }]);
    expect(drawing?.rows).toEqual([{ plate: "A1", path: "M0 12H10V88H90V12H100", marks: [{ x: 10, grams: -40, low: false }, { x: 90, grams: 40, low: false }], hands: [10] }]);
  });

  it("keeps marks that stand close on two levels", () => {
    const drawing = traceOf([10, 10.2, 10.4, 20].map((atS) => ({ plate: "A1", grams: -5, atS })), []);
    expect(drawing?.rows[0]?.marks.map(({ low }) => low)).toEqual([false, true, false, false]);
  });

  it("has a row for every plate, in order", () => {
    expect(traceOf([{ plate: "B1", grams: 5, atS: 1 }, { plate: "A2", grams: 5, atS: 2 }], [])?.rows.map(({ plate }) => plate)).toEqual(["A2", "B1"]);
  });
});
