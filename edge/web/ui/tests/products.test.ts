import { describe, expect, it } from "vitest";
import type { Goods } from "../src/api/goods";
import { inOrder, matches, offered, type Offered, passes } from "../src/pages/products/catalogue";
import { draftOf, EMPTY, edited, read } from "../src/pages/products/draft";

const product = (gtin: string, name: string, price_minor: number, unit_weight_g: number, units: number, learned_g: number | null = null): Goods["products"][number] => ({
  gtin,
  name,
  price_minor,
  tax_bp: 1900,
  unit_weight_g,
  weight_sd_g: null,
  default_sd_g: 1,
  learned_g,
  weighed_units: 0,
  units,
  plates: [],
  warnings: [],
});
const WATER = product("4006381333931", "Spring Water 0.5 l", 120, 520.25, 2, 521);
const COLA = product("5449000000996", "Cola 0.33 l", 190, 350, 9);
const WRAP = product("96385074", "Äpfel im Teig", 449, 230, 0);
const GOODS = {
  products: [WATER, COLA, WRAP],
  facings: [
    { plate: "P1", gtin: WATER.gtin, count: 8, short_below: 2, units: 1 },
    { plate: "P2", gtin: WATER.gtin, count: 4, short_below: 0, units: 1 },
    { plate: "P3", gtin: COLA.gtin, count: 10, short_below: 3, units: 9 },
  ],
} as unknown as Goods;
const ALL = offered(GOODS, new Map([[COLA.gtin, 7]]));
const names = (some: readonly Offered[]): string[] => some.map((one) => one.product.name.split(" ")[0] ?? "");

describe("the catalogue", () => {
  it("knows where a product stands and whether it is short", () => {
    expect(ALL.map(({ full, short, photographs }) => [full, short, photographs])).toEqual([
      [12, true, 0],
      [10, false, 7],
      [0, false, 0],
    ]);
    expect(offered(GOODS, null)[0]?.photographs).toBeNull();
  });

  it("is filtered", () => {
    expect(names(ALL.filter((one) => passes(one, "short")))).toEqual(["Spring"]);
    expect(names(ALL.filter((one) => passes(one, "nowhere")))).toEqual(["Äpfel"]);
    expect(names(ALL.filter((one) => passes(one, "unweighed")))).toEqual(["Cola", "Äpfel"]);
    expect(names(ALL.filter((one) => passes(one, "unseen")))).toEqual(["Spring", "Äpfel"]);
    expect(ALL.filter((one) => passes(one, "all"))).toHaveLength(3);
  });

  it("is searched by words, digits and plates", () => {
    const found = (wanted: string): string[] => names(ALL.filter((one) => matches(one, wanted)));
    expect([found("water spring"), found("5449"), found("P3"), found("äpf"), found(""), found("beer")]).toEqual([["Spring"], ["Cola"], ["Cola"], ["Äpfel"], ["Spring", "Cola", "Äpfel"], []]);
  });

  it("is put in order as its language does", () => {
    expect(names(inOrder(ALL, "name", false, "de"))).toEqual(["Äpfel", "Cola", "Spring"]);
    expect(names(inOrder(ALL, "price", true, "de"))).toEqual(["Äpfel", "Cola", "Spring"]);
    expect(names(inOrder(ALL, "weight", false, "de"))).toEqual(["Äpfel", "Cola", "Spring"]);
    expect(names(inOrder(ALL, "units", true, "de"))).toEqual(["Cola", "Spring", "Äpfel"]);
  });
});

describe("the form of a product", () => {
  it("says the same product again", () => {
    for (const language of ["en", "de", "zh"]) {
      const told = read(draftOf(WATER, 2, language), 2);
      expect(told).toEqual({ product: { gtin: WATER.gtin, name: WATER.name, price_minor: 120, tax_bp: 1900, unit_weight_g: 520.25, weight_sd_g: null } });
      expect("product" in told && edited(told.product, WATER)).toEqual([]);
    }
    expect(draftOf(WATER, 2, "de")).toMatchObject({ price: "1,20", tax: "19", weight: "520,25", spread: "" });
  });

  it("takes what is typed", () => {
    const told = read({ gtin: "]E04006381333931", name: "  Water ", price: "1,5", tax: "7.5", weight: "500", spread: "2,4" }, 2);
    expect(told).toEqual({ product: { gtin: WATER.gtin, name: "Water", price_minor: 150, tax_bp: 750, unit_weight_g: 500, weight_sd_g: 2.4 } });
    expect("product" in told && edited(told.product, WATER)).toEqual(["name", "price", "tax", "weight", "spread"]);
    expect("product" in told && edited(told.product, null)).toHaveLength(6);
  });

  it("says what is wrong in each field", () => {
    expect(read(EMPTY, 2)).toEqual({ wrong: { gtin: "empty", name: "empty", price: "empty", tax: "empty", weight: "empty" } });
    expect(read({ gtin: "4006381333932", name: "x", price: "0", tax: "51", weight: "0.5", spread: "0" }, 2)).toEqual({
      wrong: { gtin: "digit", price: "range", tax: "range", weight: "range", spread: "range" },
    });
    expect(read({ gtin: "x", name: "x", price: "1.999", tax: "19 %", weight: "1kg", spread: "" }, 2)).toEqual({ wrong: { gtin: "letters", price: "fine", weight: "garbled" } });
  });

  it("goes by the currency", () => {
    const yen = read({ ...draftOf(WATER, 0, "en"), price: "1,200" }, 0);
    expect("product" in yen && yen.product.price_minor).toBe(1200);
    expect(read({ ...draftOf(WATER, 0, "en"), price: "1.5" }, 0)).toEqual({ wrong: { price: "fine" } });
  });
});
