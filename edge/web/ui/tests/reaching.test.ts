import { describe, expect, it } from "vitest";
import { type Arrow, drift, isArrow, reached } from "../src/pages/planogram/reaching";

/** Two shelves: three plates above, two below. */
const SHELF = [
  ["A1", 0, 0],
  ["A2", 200, 0],
  ["A3", 400, 0],
  ["B1", 0, 120],
  ["B2", 300, 120],
].map(([name, left, top]) => ({ name: String(name), left: Number(left), top: Number(top), width: 180, height: 100 }));
const from = (name: string, ...arrows: Arrow[]): string => arrows.reduce((at, arrow) => reached(SHELF, at, arrow), name);

describe("an arrow key", () => {
  it("goes to the plate beside", () => {
    expect([from("A1", "ArrowRight"), from("A3", "ArrowLeft"), from("B1", "ArrowRight")]).toEqual(["A2", "A2", "B2"]);
    expect([from("A1", "ArrowDown"), from("B1", "ArrowUp"), from("A3", "ArrowDown")]).toEqual(["B1", "A1", "B2"]);
  });

  it("stays where there is nothing", () => {
    expect([from("A1", "ArrowLeft"), from("A2", "ArrowUp"), from("B2", "ArrowDown")]).toEqual(["A1", "A2", "B2"]);
    expect(reached([], "A1", "ArrowUp")).toBe("A1");
  });

  it("begins at the first plate", () => expect(from("", "ArrowDown")).toBe("A1"));

  it("leads to every plate", () => {
    const seen = new Set(["A1"]);
    const arrows: Arrow[] = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
    for (const name of seen) arrows.forEach((arrow) => seen.add(from(name, arrow)));
    expect([...seen].sort()).toEqual(["A1", "A2", "A3", "B1", "B2"]);
  });

  it("is one of four", () => expect(["ArrowUp", "Enter", "toString"].map(isArrow)).toEqual([true, false, false]));
});

describe("the page under a pointer", () => {
  it("moves only at the edges, the faster the nearer", () => {
    expect([drift(400, 800), drift(72, 800), drift(728, 800)]).toEqual([0, 0, 0]);
    expect([drift(36, 800), drift(0, 800), drift(-50, 800)]).toEqual([-9, -18, -18]);
    expect([drift(764, 800), drift(800, 800), drift(2000, 800)]).toEqual([9, 18, 18]);
  });
});
