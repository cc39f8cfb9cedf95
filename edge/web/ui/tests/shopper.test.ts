import { describe, expect, it } from "vitest";
import { heldOf, movesOf, panelAddress, type ShopperState } from "../src/shopper/panel";

const state: ShopperState = {
  doors: [{ id: "main", open: true, locked: false }],
  plates: [],
  hands: [
    { gtin: "1", name: "Bar", count: 0 },
    { gtin: "2", name: "Cola", count: 1 },
    { gtin: "3", name: "Tea", count: 2 },
  ],
  new: [],
  busy: false,
  may_enter: false,
  inside: true,
  words: "",
  code: "",
};

describe("the simulated shopper", () => {
  it("may touch goods only inside, with a door open", () => {
    expect(movesOf(state, 0)).toEqual({ enter: false, leave: true, doors: true, goods: true });
    expect(movesOf({ ...state, doors: [{ id: "main", open: false, locked: true }] }, 0).goods).toBe(false);
    expect(movesOf({ ...state, inside: false }, 0)).toEqual({ enter: true, leave: false, doors: false, goods: false });
  });

  it("enters once, however often it is pressed", () => expect(movesOf({ ...state, inside: false }, 1).enter).toBe(false));

  it("puts back what was chosen while it is held, else the first thing held", () => {
    expect(heldOf(state, "3")).toBe("3");
    expect(heldOf(state, "1")).toBe("2");
    expect(heldOf({ ...state, hands: [] }, "3")).toBeNull();
  });

  it("is there only where the page was given an address", () => {
    expect(panelAddress("http://127.0.0.1:8090/")).toBe("http://127.0.0.1:8090");
    for (const none of [null, undefined, "", " ", "{{shopper_panel}}", "javascript:alert(1)"]) expect(panelAddress(none)).toBeNull();
  });
});
