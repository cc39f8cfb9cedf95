import { describe, expect, it } from "vitest";
import { areaOf, cornerAfter, cornerAt, cornerGone, fresh, middleOf, MOST_CORNERS, moved, zonesOf, type Zone } from "../src/pages/zones/shapes";

const BOX: Zone = { plates: ["A1"], polygon: [[0.1, 0.1], [0.3, 0.1], [0.3, 0.2], [0.1, 0.2]] };

describe("zones as they are drawn", () => {
  it("keep their corners within the picture", () => {
    expect(cornerAt(BOX, 1, [1.7, -0.2]).polygon[1]).toEqual([1, 0]);
    expect(cornerAt(BOX, 1, [1 / 3, 0.1]).polygon[1]).toEqual([0.3333, 0.1]);
    expect(moved(BOX, -0.5, 0.95).polygon).toEqual([[0, 0.9], [0.2, 0.9], [0.2, 1], [0, 1]]);
  });
  it("gain and lose corners, and never their area", () => {
    expect(cornerAfter(BOX, 3).polygon).toEqual([...BOX.polygon, [0.1, 0.15]]);
    const triangle = cornerGone(BOX, 0);
    expect(triangle.polygon).toHaveLength(3);
    expect(cornerGone(triangle, 0)).toBe(triangle);
    let many = BOX;
    for (let turn = 0; turn < 50; turn += 1) many = cornerAfter(many, 0);
    expect(many.polygon).toHaveLength(MOST_CORNERS);
  });
  it("know how much they cover and where their name stands", () => {
    expect(areaOf(BOX)).toBeCloseTo(0.02, 9);
    expect(middleOf(BOX)).toEqual([expect.closeTo(0.2, 9), expect.closeTo(0.15, 9)]);
    expect(areaOf(fresh("A1"))).toBeCloseTo(0.09, 9);
  });
  it("are read out of the settings, or not at all", () => {
    expect(zonesOf([BOX])).toEqual([BOX]);
    expect(zonesOf(undefined)).toEqual([]);
    for (const odd of ["x", [1], [{ plates: "A1", polygon: [] }], [{ plates: ["A1"], polygon: [[1]] }], [{ plates: [1], polygon: [] }]]) expect(zonesOf(odd)).toBeNull();
  });
});
