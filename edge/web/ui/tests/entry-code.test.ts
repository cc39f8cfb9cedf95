import { describe, expect, it } from "vitest";
import { linkOf } from "../src/kiosk/contact";
import { darkModules } from "../src/kiosk/modules";

describe("the path of a code", () => {
  it("has one rectangle for each run of dark modules", () => {
    expect(darkModules(["1101", "0000", "0110"])).toBe("M0 0h2v1h-2zM3 0h1v1h-1zM1 2h2v1h-2z");
  });
  it("is empty without dark modules", () => expect(darkModules(["00", "00"])).toBe(""));
});

describe("whom to ask for help", () => {
  it.each([
    ["+49 (30) 12 34-567", "tel:+4930123456 7".replace(" ", "")],
    ["help@shop.example", "mailto:help@shop.example"],
    ["a&b@shop.example", "mailto:a%26b@shop.example"],
    ["Ask at the bakery next door", null],
    ["javascript:alert(1)", null],
    ["112", null],
    ["", null],
  ])("%s", (contact, link) => expect(linkOf(contact)).toBe(link));
});
