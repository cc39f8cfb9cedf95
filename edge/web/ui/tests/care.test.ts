import { describe, expect, it } from "vitest";
import english from "../../languages/en.json";
import { failed, taken, UNFOLLOWED } from "../src/api/follow";
import { ApiProblem } from "../src/api/problem";
import { isTrouble, saying, traceText, wantedRows, type WireRow } from "../src/pages/devices/trace";
import { byLevel, type Finding, words as findingWords } from "../src/pages/doctor/findings";
import { fieldsOf, type LogLine } from "../src/pages/logs/lines";
import { backMinutes, doneShare, usedShare } from "../src/pages/recordings/listed";
import { wordsOf } from "../src/words/language";

const words = wordsOf("en", english);
const none = wordsOf("en", {});

describe("following what grows", () => {
  const row = (number: number) => ({ number });

  it("keeps the newest rows and counts what was lost on the way", () => {
    const first = taken(UNFOLLOWED, { rows: [row(1), row(2)], newest: 2, missed: 0 }, 3);
    const second = taken(first, { rows: [row(5), row(6)], newest: 6, missed: 2 }, 3);
    expect(second).toEqual({ rows: [row(2), row(5), row(6)], newest: 6, missed: 2, begun: true, problem: null });
  });

  it("stays the very same while nothing comes", () => {
    const first = taken(UNFOLLOWED, { rows: [row(1)], newest: 1, missed: 0 }, 3);
    expect(taken(first, { rows: [], newest: 1, missed: 0 }, 3)).toBe(first);
  });

  it("begins anew with a store that was started anew", () => {
    const first = taken(UNFOLLOWED, { rows: [row(900)], newest: 900, missed: 0 }, 3);
    expect(taken(first, { rows: [row(1)], newest: 1, missed: 0 }, 3).rows).toEqual([row(1)]);
  });

  it("keeps what was known beside a problem, until something comes again", () => {
    const problem = new ApiProblem(0, "unreachable", "", "");
    const cut = failed(taken(UNFOLLOWED, { rows: [row(1)], newest: 1, missed: 0 }, 3), problem);
    expect(cut).toMatchObject({ rows: [row(1)], problem });
    expect(taken(cut, { rows: [], newest: 1, missed: 0 }, 3).problem).toBeNull();
  });
});

describe("a line's trace", () => {
  const asked: WireRow = { number: 1, at_s: 100.5, direction: "sent", hex: "01 02", size: 2, device: "relay", meanings: [{ code: "modbus_read_inputs", values: { first: 0, last: 7 } }] };
  const came: WireRow = { number: 2, at_s: 100.51, direction: "received", hex: "01", size: 1, device: "relay", meanings: [] };
  const silent: WireRow = { number: 3, at_s: 101, direction: "silent", hex: null, size: 0, device: "scale", meanings: [{ code: "modbus_read_inputs", values: { first: 0, last: 7 } }] };
  const stray: WireRow = { number: 4, at_s: 102, direction: "dropped", hex: "00", size: 1, device: null, meanings: [{ code: "unasked" }] };
  const refused: WireRow = { number: 5, at_s: 103, direction: "received", hex: "01", size: 5, device: "scale", meanings: [{ code: "modbus_exception", values: { code: 2, words: "illegal address" } }] };
  const secret: WireRow = { number: 6, at_s: 104, direction: "received", hex: null, size: 42, device: "reader", meanings: [{ code: "code_read", values: { characters: 40 } }] };
  const rows = [asked, came, silent, stray, refused, secret];

  it("is filtered by device and by what went wrong", () => {
    expect(rows.filter(isTrouble)).toEqual([silent, stray, refused]);
    expect(wantedRows(rows, { device: "scale", shown: "all" })).toEqual([silent, refused]);
    expect(wantedRows(rows, { device: "relay", shown: "trouble" })).toEqual([]);
  });

  it("says in words what went over it", () => {
    expect(rows.map((row) => saying(row, words))).toEqual([
      "How are inputs 0 to 7?",
      "Part of a message",
      "No answer to: How are inputs 0 to 7?",
      "Nobody asked for this",
      "Refused: illegal address",
      "A code of 40 characters was read",
    ]);
    expect(saying({ ...came, direction: "sent" }, words)).toBe("No known message");
  });

  it("tells a code that no file knows as it is", () => expect(saying(asked, none)).toBe("modbus_read_inputs 0 7"));

  it("becomes a text with one line a row", () => {
    const lines = traceText(rows, 1_763_900_000, words).split("\n");
    expect(lines).toHaveLength(rows.length + 1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:00\.500 {2}sent {6}relay {9}01 02 {2}How are inputs 0 to 7\?$/);
    expect(lines[5]).toContain("(42 bytes, not shown)");
  });
});

describe("findings", () => {
  const finding = (level: Finding["level"], more: Partial<Finding> = {}): Finding => ({ check: "disk", level, text: "plain text", advice: "", code: "", values: {}, ...more });

  it("stand with the worst first", () => expect(byLevel([finding("ok"), finding("failure"), finding("ok")]).map(([level, own]) => [level, own.length])).toEqual([["failure", 1], ["ok", 2]]));

  it("speak the reader's language where it has words, and English where it has none", () => {
    const low = finding("warning", { code: "disk_low", values: { free: 320, folder: "/var" }, advice: "make room" });
    expect(findingWords(low, words)).toEqual({ text: "320 MB free on /var", advice: "Make room soon: below min_free_mb nobody new may enter." });
    expect(findingWords(finding("failure", { code: "unheard_of", advice: "do this" }), words)).toEqual({ text: "plain text", advice: "do this" });
    expect(findingWords(finding("ok"), words).advice).toBe("");
  });
});

describe("recordings", () => {
  it("reach back as far as the store remembers", () => {
    expect(backMinutes(0)).toEqual([]);
    expect(backMinutes(1)).toEqual([1]);
    expect(backMinutes(7.5)).toEqual([1, 2, 5, 7.5]);
    expect(backMinutes(60)).toEqual([1, 2, 5, 10, 20, 30, 60]);
  });

  it("tell how far they are and how much room is used", () => {
    expect(doneShare({ begun_s: 100, until_s: 200 }, 150)).toBe(0.5);
    expect(doneShare({ begun_s: 100, until_s: 200 }, 250)).toBe(1);
    expect(doneShare({ begun_s: 100, until_s: 100 }, 90)).toBe(1);
    expect(usedShare({ used_bytes: 30, most_bytes: 120 })).toBe(0.25);
    expect(usedShare({ used_bytes: 30, most_bytes: 0 })).toBe(1);
  });
});

describe("a line of the log", () => {
  it("has its fields as they are", () => expect(fieldsOf({ fields: { door: "front", took_s: "0.4" } } as unknown as LogLine)).toBe("door=front  took_s=0.4"));
});
