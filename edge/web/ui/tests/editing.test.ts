import { describe, expect, it } from "vitest";
import { type Act, countOf, edit, type Editing, laidOut, opened, planOf } from "../src/pages/planogram/editing";
import { equal, facingOf, move, type Plan, put, remove } from "../src/pages/planogram/plan";

const facing = (plate: string, gtin: string, count: number, shortBelow: number | null = null) => ({ plate, gtin, count, shortBelow });
const STORE: Plan = [facing("P1", "water", 8), facing("P2", "bars", 12, 4)];
const MINE = move(STORE, "bars", "P2", "P1");
const THEIRS = put(STORE, facing("P3", "cola", 10));
const after = (...acts: Act[]): Editing => acts.reduce(edit, opened(STORE));

describe("a planogram under somebody's hands", () => {
  it("is changed, and changed back", () => {
    const state = after({ kind: "did", plan: MINE });
    expect(countOf(state)).toBe(1);
    expect(countOf(edit(state, { kind: "undo" }))).toBe(0);
    expect(edit(edit(state, { kind: "undo" }), { kind: "redo" }).past.now).toBe(MINE);
  });

  it("is discarded, which can be undone", () => {
    const state = after({ kind: "did", plan: MINE }, { kind: "discard" });
    expect(state.past.now).toBe(STORE);
    expect(edit(state, { kind: "undo" }).past.now).toBe(MINE);
  });

  it("follows the store while nothing was changed", () => {
    const state = after({ kind: "heard", plan: THEIRS });
    expect([state.base, state.past.now, state.theirs]).toEqual([THEIRS, THEIRS, null]);
  });

  it("is saved once the store has it, and may be taken back then", () => {
    const state = after({ kind: "did", plan: MINE }, { kind: "heard", plan: [...MINE].reverse() });
    expect([countOf(state), state.theirs]).toEqual([0, null]);
    expect(countOf(edit(state, { kind: "undo" }))).toBe(1);
  });

  it("waits for a word where somebody else has saved", () => {
    const state = after({ kind: "did", plan: MINE }, { kind: "heard", plan: THEIRS });
    expect([state.theirs, state.past.now]).toEqual([THEIRS, MINE]);
    const onTop = edit(state, { kind: "mineOnTop" });
    expect(equal(onTop.past.now, [...THEIRS.slice(0, 1), facing("P3", "cola", 10), facing("P1", "bars", 12, 4)])).toBe(true);
    expect([onTop.base, onTop.theirs, countOf(onTop)]).toEqual([THEIRS, null, 1]);
    const taken = edit(state, { kind: "takeTheirs" });
    expect([taken.past.now, countOf(taken)]).toEqual([THEIRS, 0]);
    expect(edit(taken, { kind: "undo" }).past.now).toBe(MINE);
  });

  it("needs no word any more where they went back", () => {
    const state = after({ kind: "did", plan: MINE }, { kind: "heard", plan: THEIRS }, { kind: "heard", plan: STORE });
    expect([state.theirs, state.past.now]).toEqual([null, MINE]);
    expect(after({ kind: "mineOnTop" })).toEqual(opened(STORE));
    expect(after({ kind: "takeTheirs" })).toEqual(opened(STORE));
  });

  it("is the same while the store says the same", () => {
    const state = after({ kind: "did", plan: MINE });
    expect(edit(state, { kind: "heard", plan: [...STORE] })).toBe(state);
  });
});

describe("what the store says", () => {
  it("is a plan: a quarter is what holds where nothing was said", () => {
    const facings = [
      { plate: "P1", gtin: "water", count: 8, short_below: 2, units: 3 },
      { plate: "P2", gtin: "bars", count: 12, short_below: 4, units: 3 },
    ];
    expect(planOf({ facings })).toEqual(STORE);
  });

  it("may be taken over facing by facing", () => {
    expect(facingOf(laidOut(STORE, { plate: "P2", gtin: "cola", count: 5 }), "P2", "cola")).toEqual(facing("P2", "cola", 5));
    expect(facingOf(laidOut(STORE, { plate: "P2", gtin: "bars", count: 6 }), "P2", "bars")).toEqual(facing("P2", "bars", 6, 2));
    expect(laidOut(STORE, { plate: "P1", gtin: "water", count: 0 })).toEqual(remove(STORE, "P1", "water"));
  });
});
