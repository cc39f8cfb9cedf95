import { describe, expect, it } from "vitest";
import { shelfRows } from "../src/pages/shelf/planogram";

const rows = (...names: string[]): [string, string[]][] => shelfRows(names.map((plate) => ({ plate }))).map(({ name, plates }) => [name, plates.map(({ plate }) => plate)]);

describe("the picture of the shelf", () => {
  it("has a row for each letter, in the order of the numbers", () => {
    expect(rows("B1", "A10", "A2", "B2", "A1")).toEqual([
      ["A", ["A1", "A2", "A10"]],
      ["B", ["B1", "B2"]],
    ]);
  });

  it("reads longer names too", () => expect(rows("top-2", "top-1", "low-1")).toEqual([["low", ["low-1"]], ["top", ["top-1", "top-2"]]]));

  it("leaves names that tell no place as they come", () => expect(rows("left", "A1", "right")).toEqual([["", ["left", "A1", "right"]]]));

  it("is empty without plates", () => expect(rows()).toEqual([]));
});
