import { describe, expect, it } from "vitest";
import { address, csrfToken, pictureAddress } from "../src/api/client";
import { problemOf } from "../src/api/problem";
import { share } from "../src/api/share";

describe("share", () => {
  it("gives equal values back as they were", () => {
    const before = { a: [1, { b: null }], c: "x" };
    expect(share(before, structuredClone(before))).toBe(before);
  });

  it("renews only the way to what changed", () => {
    const before = { plates: [{ plate: "A1", grams: 1 }, { plate: "A2", grams: 2 }], doors: [{ open: false }] };
    const next = structuredClone(before);
    next.plates[1] = { plate: "A2", grams: 3 };
    const shared = share(before, next);
    expect(shared).toEqual(next);
    expect(shared).not.toBe(before);
    expect(shared.doors).toBe(before.doors);
    expect(shared.plates[0]).toBe(before.plates[0]);
  });

  it.each([
    [[1, 2], [1]],
    [[1], [1, 2]],
    [{ a: 1 }, { a: 1, b: undefined }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [[], {}],
    [null, {}],
    [{ a: 0 }, { a: null }],
    [{ a: 1 }, { b: 1 }],
  ])("tells %j from %j", (before, next) => {
    expect(share(before, next)).toEqual(next);
    expect(share(before, next)).not.toBe(before);
  });
});

describe("addresses", () => {
  it("put values where they belong, and nothing where there is none", () => {
    expect(address("/api/v1/receipts/{visit}", { path: { visit: "a b" } })).toBe("/api/v1/receipts/a%20b");
    expect(address("/api/v1/receipts", { query: { limit: 20, before: null } })).toBe("/api/v1/receipts?limit=20");
    expect(address("/api/v1/evidence/{name}", { path: { name: "v/front-1" } })).toBe("/api/v1/evidence/v/front-1");
  });

  it("lead nowhere else", () => {
    expect(address("/x/{name}", { path: { name: "?a#b" } })).toBe("/x/%3Fa%23b");
    expect(() => address("/x/{name}", {})).toThrow("needs a value for name");
  });

  it("name a picture's version", () => expect(pictureAddress("now/front.jpg", 7)).toBe("/api/v1/pictures/now/front.jpg?version=7"));
});

describe("the token against forged requests", () => {
  it("is read from its cookie alone", () => {
    expect(csrfToken("a=1; smartstore_csrf=x%3D; b=2")).toBe("x=");
    expect(csrfToken("not_smartstore_csrf=x")).toBeNull();
    expect(csrfToken("")).toBeNull();
  });
});

describe("problems", () => {
  it("are read from the store's document", async () => {
    const document = { type: "urn:x", title: "No", status: 404, code: "no_receipt", detail: "Look again.", fields: [{ at: "body.x", message: "bad" }] };
    const told = await problemOf(new Response(JSON.stringify(document), { status: 404 }));
    expect(told).toMatchObject({ status: 404, code: "no_receipt", title: "No", detail: "Look again.", fields: [{ at: "body.x", message: "bad" }], passing: false });
  });

  it.each(["<html>", "null", '{"code": 1}'])("are garbled where an answer tells none: %s", async (body) => {
    expect(await problemOf(new Response(body, { status: 502 }))).toMatchObject({ status: 502, code: "garbled", passing: true });
  });
});
