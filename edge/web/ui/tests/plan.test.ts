import { describe, expect, it } from "vitest";
import { alikeOn, type Weighed } from "../src/pages/planogram/alike";
import { differences, rebased } from "../src/pages/planogram/differences";
import { begun, did, redone, undone } from "../src/parts/past";
import { equal, facingOf, firstCount, leastOf, loadOf, move, type Plan, put, remove } from "../src/pages/planogram/plan";

const facing = (plate: string, gtin: string, count: number, shortBelow: number | null = null) => ({ plate, gtin, count, shortBelow });
const PLAN: Plan = [facing("P1", "water", 8), facing("P2", "bars", 12, 4), facing("P3", "cola", 10)];
const LOAD = { ratedG: new Map([["P1", 10_000], ["P2", 1_000], ["P3", 10_000]]), unitG: new Map([["water", 520], ["bars", 45], ["cola", 350]]) };

describe("a planogram", () => {
  it("takes a facing, and one of the same product in the place of the old", () => {
    expect(put(PLAN, facing("P1", "cola", 4))).toHaveLength(4);
    expect(put(PLAN, facing("P1", "water", 9))[0]).toEqual(facing("P1", "water", 9));
    expect(remove(PLAN, "P2", "bars").map(({ gtin }) => gtin)).toEqual(["water", "cola"]);
  });

  it("moves a facing with what it holds", () => {
    const moved = move(PLAN, "bars", "P2", "P3");
    expect(facingOf(moved, "P3", "bars")).toEqual(facing("P3", "bars", 12, 4));
    expect(facingOf(moved, "P2", "bars")).toBeUndefined();
    expect(move(PLAN, "bars", "P2", "P2")).toBe(PLAN);
    expect(move(PLAN, "bars", "P1", "P2")).toBe(PLAN);
  });

  it("makes one facing of two of the same product", () => {
    const two = [...PLAN, facing("P3", "bars", 6, 2)];
    expect(facingOf(move(two, "bars", "P2", "P3"), "P3", "bars")).toEqual(facing("P3", "bars", 18, 6));
    const huge = [facing("P1", "bars", 900, 500), facing("P2", "bars", 900, 600)];
    expect(facingOf(move(huge, "bars", "P1", "P2"), "P2", "bars")).toEqual(facing("P2", "bars", 1000, 1000));
  });

  it("is short below a quarter where nothing is said", () => {
    expect([leastOf(facing("P1", "x", 10)), leastOf(facing("P1", "x", 10, 0)), leastOf(facing("P1", "x", 1))]).toEqual([3, 0, 1]);
  });

  it("begins a facing with as many as elsewhere, and as the plate carries", () => {
    expect(firstCount(PLAN, "P1", "bars", LOAD)).toBe(12);
    expect(firstCount(PLAN, "P2", "cola", LOAD)).toBe(1);
    expect(firstCount(PLAN, "P1", "cola", LOAD)).toBe(10);
    expect(firstCount([], "P2", "bars", LOAD)).toBe(6);
    expect(firstCount([], "P2", "unheard of", LOAD)).toBe(6);
  });

  it("weighs what its facings weigh", () => expect([loadOf(PLAN, "P1", LOAD), loadOf(PLAN, "P2", LOAD), loadOf(PLAN, "none", LOAD)]).toEqual([4160, 540, 0]));

  it("is the same in any order", () => {
    expect(equal(PLAN, [...PLAN].reverse())).toBe(true);
    expect(equal(PLAN, PLAN.slice(1))).toBe(false);
    expect(equal(PLAN, put(PLAN, facing("P1", "water", 8, 0)))).toBe(false);
  });
});

describe("what was done", () => {
  it("is taken back and done again", () => {
    const past = did(did(begun("a"), "b"), "c");
    expect(undone(past).now).toBe("b");
    expect(undone(undone(undone(past))).now).toBe("a");
    expect(redone(undone(past))).toEqual(past);
    expect(redone(past)).toBe(past);
  });

  it("is forgotten where something else is done instead", () => {
    const other = did(undone(did(begun("a"), "b")), "c");
    expect([other.now, redone(other).now, undone(other).now]).toEqual(["c", "c", "a"]);
    expect(did(other, "c")).toBe(other);
  });
});

describe("what differs", () => {
  it("is told facing by facing", () => {
    const after = put(put(remove(PLAN, "P1", "water"), facing("P2", "bars", 10, 4)), facing("P1", "cola", 6));
    expect(differences(PLAN, after).map(({ plate, gtin, before, after: now }) => [plate, gtin, before?.count, now?.count])).toEqual([
      ["P2", "bars", 12, 10],
      ["P1", "cola", undefined, 6],
      ["P1", "water", 8, undefined],
    ]);
    expect(differences(PLAN, [...PLAN].reverse())).toEqual([]);
  });

  it("tells a move as one", () => {
    expect(differences(PLAN, move(PLAN, "water", "P1", "P3"))).toEqual([{ plate: "P3", gtin: "water", before: undefined, after: facing("P3", "water", 8), movedFrom: "P1" }]);
    const spread = [...remove(PLAN, "P1", "water"), facing("P2", "water", 8), facing("P3", "water", 8)];
    expect(differences(PLAN, spread).map(({ movedFrom }) => movedFrom)).toEqual(["P1", undefined]);
  });
});

describe("my changes on top of somebody else's", () => {
  const mine = move(put(PLAN, facing("P2", "bars", 10, 4)), "cola", "P3", "P1");

  it("are made again", () => {
    const theirs = put(PLAN, facing("P1", "water", 5));
    const { plan, both } = rebased(PLAN, mine, theirs);
    expect(both).toEqual([]);
    expect(equal(plan, [facing("P1", "water", 5), facing("P2", "bars", 10, 4), facing("P1", "cola", 10)])).toBe(true);
  });

  it("hold where both changed the same, which is told", () => {
    const theirs = remove(put(PLAN, facing("P1", "water", 5)), "P2", "bars");
    const { plan, both } = rebased(PLAN, mine, theirs);
    expect(both).toEqual([{ plate: "P2", gtin: "bars", theirs: undefined, mine: facing("P2", "bars", 10, 4) }]);
    expect(facingOf(plan, "P2", "bars")).toEqual(facing("P2", "bars", 10, 4));
  });

  it("are nothing where both did the same", () => {
    const { plan, both } = rebased(PLAN, mine, mine);
    expect([plan, both]).toEqual([mine, []]);
    expect(rebased(PLAN, PLAN, mine).plan).toBe(mine);
  });
});

describe("goods that weigh alike", () => {
  const weighed = (gtin: string, unitG: number): [string, Weighed] => [gtin, { gtin, unitG, sdG: Math.max(0.3, 0.015 * unitG) }];
  const products = new Map([weighed("cola", 350), weighed("lemon", 355), weighed("bar", 175), weighed("water", 520)]);
  const neighbours = new Map([["P1", ["P2"]], ["P2", []], ["P3", []]]);
  const found = (...plan: [string, string][]) => alikeOn(plan.map(([plate, gtin]) => facing(plate, gtin, 5)), products, neighbours).map((one) => [one.gtin, one.units, one.other, one.otherUnits, one.plate, one.otherPlate]);

  it("are told on one plate", () => expect(found(["P3", "cola"], ["P3", "lemon"])).toEqual([["cola", 1, "lemon", 1, "P3", "P3"]]));

  it("are told on plates beside each other, whichever names the other", () => {
    expect(found(["P2", "cola"], ["P1", "lemon"])).toEqual([["cola", 1, "lemon", 1, "P2", "P1"]]);
    expect(found(["P1", "cola"], ["P3", "lemon"])).toEqual([]);
  });

  it("are told where two of one weigh like one of the other", () => expect(found(["P1", "bar"], ["P1", "cola"])).toEqual([["bar", 2, "cola", 1, "P1", "P1"]]));

  it("are told once, and not where they can be told apart", () => {
    expect(found(["P1", "cola"], ["P1", "lemon"], ["P2", "lemon"])).toHaveLength(1);
    expect(found(["P1", "cola"], ["P1", "water"], ["P2", "cola"])).toEqual([]);
    expect(found(["P1", "unheard of"], ["P1", "cola"])).toEqual([]);
  });
});
