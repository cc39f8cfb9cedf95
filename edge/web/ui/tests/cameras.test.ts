import { describe, expect, it } from "vitest";
import { recentSights } from "../src/pages/cameras/recent";
import type { Bill, BillSight } from "../src/pages/visits/bill";

const sight = (evidence: string, atS: number | null): BillSight => ({ camera: "front", plates: ["A1"], direction: "taken", atS, guesses: [], barcode: null, evidence });
const bill = (visit: string, lines: BillSight[][], sights: BillSight[]): Bill =>
  ({ visit, short: visit, lines: lines.map((own) => ({ sights: own })), sights }) as unknown as Bill;

describe("what cameras recognised", () => {
  it("is told newest first, visit by visit, with whether it speaks for a line", () => {
    const found = recentSights([bill("v2", [[sight("a", 10)], [sight("b", 12)]], [sight("c", 11)]), bill("v1", [[sight("d", 5)]], [])], 9);
    expect(found.map(({ evidence, told, visit }) => [evidence, told, visit])).toEqual([
      ["b", true, "v2"],
      ["c", false, "v2"],
      ["a", true, "v2"],
      ["d", true, "v1"],
    ]);
  });

  it("tells a reach that speaks for two lines once", () => {
    expect(recentSights([bill("v", [[sight("a", 10)], [sight("a", 10)]], [])], 9)).toHaveLength(1);
  });

  it("ends where enough are told", () => {
    const many = [bill("v2", [[sight("a", 3), sight("b", 2)]], []), bill("v1", [[sight("c", 1)]], [])];
    expect(recentSights(many, 2).map(({ evidence }) => evidence)).toEqual(["a", "b"]);
    expect(recentSights([], 2)).toEqual([]);
  });

  it("puts those without a time behind the others of their visit", () => {
    expect(recentSights([bill("v", [[sight("a", null), sight("b", 2)]], [])], 9).map(({ evidence }) => evidence)).toEqual(["b", "a"]);
  });
});
