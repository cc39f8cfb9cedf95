import { describe, expect, it } from "vitest";
import type { StockRow } from "../src/api/store";
import { farFrom, inOrder, leastOf, levelOf, matches, piecesIn, sumsOf } from "../src/pages/stock/shelves";

const row = (gtin: string, units: number, full: number, least: number, more: Partial<StockRow> = {}): StockRow => ({
  gtin,
  name: gtin,
  units,
  full_units: full,
  short: units < least,
  misplaced: 0,
  places: [{ plate: "A1", units, full_units: full, min_units: least }],
  catalogue_g: 43.2,
  learned_g: null,
  learned_sd_g: null,
  weighed_units: 0,
  ...more,
});

const nowhere = row("nowhere", 0, 0, 0, { places: [] });
const stray = row("stray", 11, 10, 3, { misplaced: 1 });

describe("a product", () => {
  it.each([
    [row("a", 0, 10, 3), "none"],
    [row("a", 2, 10, 3), "short"],
    [row("a", 3, 10, 3), "well"],
    [row("a", 0, 10, 0), "well"],
    [stray, "stray"],
    [{ ...stray, short: true }, "short"],
    [nowhere, "nowhere"],
  ])("%# is as its facings are", (one, level) => expect(levelOf(one)).toBe(level));

  it("is short below the sum of what its facings must hold", () => expect(leastOf(row("a", 1, 10, 3, { places: [...row("a", 1, 5, 3).places, ...row("a", 1, 5, 2).places] }))).toBe(5));
});

describe("the list", () => {
  it("begins with what is sold out, then the emptiest; the rest stays as the catalogue has it", () => {
    const rows = [row("z", 10, 10, 3), nowhere, stray, row("half", 2, 4, 3), row("least", 1, 10, 3), row("out", 0, 10, 3), row("y", 9, 10, 3)];
    expect(inOrder(rows).map(({ gtin }) => gtin)).toEqual(["out", "least", "half", "stray", "z", "y", "nowhere"]);
  });

  it("shows what is both short and misplaced under both", () => {
    const both = { ...stray, short: true };
    expect([matches(both, "all"), matches(both, "short"), matches(both, "stray")]).toEqual([true, true, true]);
    expect([matches(row("a", 5, 5, 1), "short"), matches(row("a", 5, 5, 1), "stray")]).toEqual([false, false]);
  });

  it("sums up", () => expect(sumsOf([row("a", 2, 10, 3), stray, nowhere])).toEqual({ units: 13, full: 20, short: 1, stray: 1 }));
});

it("doubts a weighed piece that is far from the catalogue, either way", () => {
  expect([farFrom(72.3, 43.2), farFrom(30, 43.2), farFrom(44, 43.2), farFrom(44, 0)]).toEqual([true, true, false, false]);
});

describe("pieces by weight", () => {
  it.each([
    [432, 43.2, 10],
    [-86, 43.2, 2],
    [20, 43.2, 0],
    [null, 43.2, 0],
    [100, 0, 0],
  ])("%s g of %s g are %s", (grams, each, pieces) => expect(piecesIn(grams, each)).toBe(pieces));
});
