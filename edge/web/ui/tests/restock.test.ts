import { describe, expect, it } from "vitest";
import type { StockRow } from "../src/api/store";
import { bringList, putOf, stops } from "../src/pages/restock/round";

const place = (plate: string, units: number, full: number) => ({ plate, units, full_units: full, min_units: 1 });
const row = (gtin: string, name: string, ...places: ReturnType<typeof place>[]): StockRow => ({
  gtin,
  name,
  units: 0,
  full_units: 0,
  short: false,
  misplaced: 0,
  places,
  catalogue_g: 50,
  learned_g: null,
  learned_sd_g: null,
  weighed_units: 0,
});
const COLA = row("1", "Cola", place("A1", 2, 10), place("B1", 12, 10));
const BAR = row("2", "Bar", place("A2", 8, 8), place("A1", 1, 0));
const NUTS = { ...row("3", "Nuts", place("A2", 0, 9)), learned_g: 40 };

describe("a restock round", () => {
  it("brings what places lack, most first, and takes nothing back for what stands over", () => {
    expect(bringList([COLA, BAR, NUTS])).toEqual([
      { gtin: "3", name: "Nuts", units: 9 },
      { gtin: "1", name: "Cola", units: 8 },
    ]);
    expect(bringList([])).toEqual([]);
  });
  it("goes along the shelf, and weighs by what was learned", () => {
    const round = stops([COLA, BAR, NUTS], ["A1", "A2", "B1", "C1"]);
    expect(round.map((stop) => [stop.plate, stop.goods.map((one) => [one.gtin, one.eachG])])).toEqual([
      ["A1", [["1", 50], ["2", 50]]],
      ["A2", [["2", 50], ["3", 40]]],
      ["B1", [["1", 50]]],
    ]);
  });
  it("counts what was put only where one product stands and the number is nearly whole", () => {
    const [mixed, , alone] = stops([COLA, BAR, NUTS], ["A1", "A2", "B1"]);
    expect(putOf(alone!, 151)).toBe(3);
    expect(putOf(alone!, -98)).toBe(-2);
    expect(putOf(alone!, 125)).toBeNull();
    expect(putOf(mixed!, 100)).toBeNull();
  });
});
