import { describe, expect, it } from "vitest";
import type { Plate } from "../src/api/store";
import { begunIn, isBegun, NOTHING } from "../src/pages/enrol/kept";
import { beside, stepAt, STEPS, stepsOf, usualTax, wrongIn } from "../src/pages/enrol/steps";
import { newest, oneIn, standingOf, usedOf, type View } from "../src/pages/enrol/views";
import { reacted, weightsOf } from "../src/pages/enrol/weighing";
import { EMPTY } from "../src/pages/products/draft";

const FULL = { gtin: "9521234500070", name: "Mint tea", price: "1,79", tax: "19", weight: "351.2", spread: "" };
const plate = (name: string, grams: number | null): Plate => ({ plate: name, grams }) as Plate;
const view = (number: number, used = true, flaw: View["flaw"] = null): View => ({ number, used, flaw, codes: [], picture: "" });

describe("steps", () => {
  it("leave the photographs out where there are no cameras", () => {
    expect(stepsOf(true)).toEqual(STEPS);
    expect(stepsOf(false)).toEqual(["code", "product", "weight", "check", "done"]);
  });

  it("ask each for its own fields", () => {
    expect(wrongIn("code", EMPTY, 2)).toEqual({ gtin: "empty" });
    expect(wrongIn("product", { ...FULL, price: "free" }, 2)).toEqual({ price: "garbled" });
    expect(wrongIn("weight", { ...FULL, weight: "0.2", spread: "x" }, 2)).toEqual({ weight: "range", spread: "garbled" });
    expect(wrongIn("check", EMPTY, 2)).toEqual({});
  });

  it("lead no further than what is told", () => {
    expect(stepAt("check", STEPS, EMPTY, 2, false)).toBe("code");
    expect(stepAt("check", STEPS, { ...FULL, weight: "" }, 2, false)).toBe("weight");
    expect(stepAt("done", STEPS, FULL, 2, false)).toBe("check");
    expect(stepAt("done", STEPS, FULL, 2, true)).toBe("done");
    expect(stepAt("photographs", stepsOf(false), FULL, 2, false)).toBe("code");
    expect(stepAt(undefined, STEPS, FULL, 2, false)).toBe("code");
    expect(stepAt("product", STEPS, FULL, 2, false)).toBe("product");
  });

  it("know what comes before and after", () => {
    expect(beside("weight", STEPS, 1)).toBe("photographs");
    expect(beside("weight", stepsOf(false), 1)).toBe("check");
    expect(beside("code", STEPS, -1)).toBeNull();
  });

  it("begin with the tax that most products have", () => {
    expect(usualTax([700, 1900, 1900])).toBe(1900);
    expect(usualTax([1900, 700])).toBe(700);
    expect(usualTax([])).toBeNull();
  });
});

describe("what was begun", () => {
  const begun = { draft: FULL, token: "0123456789abcdef0123456789abcdef", plate: "P2", saved: false };

  it("comes back as it was kept", () => expect(begunIn(JSON.stringify(begun))).toEqual(begun));

  it("is nothing where what was kept cannot be used", () => {
    for (const text of [null, "", "{", "null", "[]", "7"]) expect(isBegun(begunIn(text))).toBe(false);
    expect(begunIn('{"draft":{"gtin":7,"name":{}},"token":"../..","plate":3,"saved":"yes"}')).toEqual(NOTHING);
  });

  it("is worth keeping from the first word on", () => {
    expect(isBegun(NOTHING)).toBe(false);
    expect(isBegun({ ...NOTHING, draft: { ...EMPTY, tax: "19" } })).toBe(false);
    expect(isBegun({ ...NOTHING, draft: { ...EMPTY, name: "T" } })).toBe(true);
    expect(isBegun({ ...NOTHING, token: begun.token })).toBe(true);
  });
});

describe("the plate that reacts", () => {
  const before = weightsOf([plate("A1", 100), plate("A2", 50), plate("A3", null)]);

  it("is the one that changed most", () => expect(reacted(before, [plate("A1", 98), plate("A2", 450)])).toEqual({ plate: "A2", grams: 400 }));
  it("is none while nothing but creep changes", () => expect(reacted(before, [plate("A1", 102), plate("A2", 48)])).toBeNull());
  it("is none of which no weight is known", () => expect(reacted(before, [plate("A1", null), plate("A3", 400), plate("A4", 9)])).toBeNull());
  it("may lose weight", () => expect(reacted(before, [plate("A1", 20)])).toEqual({ plate: "A1", grams: -80 }));
});

describe("photographs", () => {
  it("are counted where they will do", () => expect(usedOf([view(1), view(2, false, "dark"), view(3, true, "unlike")])).toBe(2));

  it("stand as they are judged", () => {
    expect([view(1), view(2, true, "unlike"), view(3, false, "odd")].map((one) => standingOf(one).word)).toEqual(["good", "doubt", "out"]);
  });

  it("are new where their number is", () => {
    expect(newest([view(1)], [view(1), view(4), view(5)])?.number).toBe(5);
    expect(newest([view(1), view(2)], [view(2)])).toBeNull();
  });

  it("are mistaken once in so many", () => {
    expect([0.34, 0.1, 0.9, 0].map(oneIn)).toEqual([3, 10, 2, 1000]);
  });
});
