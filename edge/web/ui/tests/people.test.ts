import { describe, expect, it } from "vitest";
import { csvOf, type Line, visitOf } from "../src/pages/audit/lines";
import { deviceOf } from "../src/pages/people/words";

const LINE: Line = { number: 7, at_unix_s: 1_763_900_000, action: "receipt_reviewed", by: "maria", detail: "" };

describe("a browser as its owner knows it", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"],
    ["Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile/15E148 Safari/604.1", "Safari, iPhone"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"],
    ["curl/8.5.0", null],
    ["", null],
  ])("%s", (agent, device) => expect(deviceOf(agent)).toBe(device));
});

describe("the record as a file", () => {
  it("quotes what must be, and lets no cell be computed", () => {
    const lines = [{ ...LINE, by: '=HYPERLINK("x")', detail: 'two, "three"\nfour' }, { ...LINE, number: 6, by: "-1", detail: "@x" }];
    expect(csvOf(lines)).toBe(
      'number,time,action,by,detail\r\n7,2025-11-23T12:13:20.000Z,receipt_reviewed,"\'=HYPERLINK(""x"")","two, ""three""\nfour"\r\n6,2025-11-23T12:13:20.000Z,receipt_reviewed,\'-1,\'@x\r\n',
    );
  });
  it("finds the visit that a line is about", () => {
    expect(visitOf({ ...LINE, detail: "019b0c7d-1111-7222-8333-444455556666 1: refunded" })).toBe("019b0c7d-1111-7222-8333-444455556666");
    expect(visitOf({ ...LINE, detail: "nothing of the kind" })).toBeNull();
  });
});
