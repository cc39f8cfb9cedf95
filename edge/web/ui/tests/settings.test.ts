import { describe, expect, it } from "vitest";
import type { Section, Setting } from "../src/api/settings";
import { type Edit, edited, editedOf, type Edits, keyOf, toldOf } from "../src/pages/settings/edits";
import { found, groupsOf, rowName } from "../src/pages/settings/finding";
import { read, same, textOf, UNSET } from "../src/pages/settings/values";

const setting = (field: string, more: Partial<Setting> = {}): Setting => ({
  field,
  title: field,
  description: "",
  kind: "number",
  item: "",
  unit: "",
  allowed: "a number",
  least: null,
  most: null,
  above: null,
  longest: null,
  choices: [],
  optional: false,
  required: false,
  default: null,
  value: null,
  file_value: null,
  origin: "default",
  applies: "at_once",
  secret: false,
  is_set: true,
  dangerous: false,
  ...more,
});
const section = (name: string, fields: Setting[], rows: Record<string, unknown>[] | null = null): Section => ({
  section: name,
  description: "",
  many: rows !== null,
  changeable: true,
  applies: "at_once",
  origin: "file",
  fields,
  rows: rows ?? [],
});
const PULSE = setting("pulse_s", { least: 0.1, most: 10, default: 0.7, value: 0.7, description: "Length of the unlock pulse." });
const OPEN = setting("open_within_s", { least: 3, most: 120, default: 15, value: 20, file_value: 12, origin: "changed" });
const LOST = setting("lost_plate", { kind: "choice", choices: ["out_of_service", "review"], default: "review", value: "out_of_service", file_value: "out_of_service", origin: "file" });
const USER = setting("username", { kind: "text", optional: true, value: "till-7", file_value: "till-7", origin: "file" });
const SECRET = setting("password_file", { kind: "path", optional: true, secret: true });
const VISIT = section("visit", [PULSE, OPEN, LOST]);
const CLOUD = section("cloud", [USER, SECRET]);
const BUS = section("bus", [setting("name", { kind: "text", required: true }), setting("baud", { kind: "whole", default: 9600 })], [{ name: "a", baud: 19200 }, { name: "b" }]);
const ALL = [VISIT, CLOUD, BUS];

const after = (...acts: [Section, number | null, Setting, Edit][]): Edits => acts.reduce<Edits>((edits, [where, row, field, edit]) => edited(edits, where, row, field, edit), new Map());
const told = (...acts: [Section, number | null, Setting, Edit][]) => toldOf(ALL, after(...acts));

describe("a value", () => {
  it.each([
    [PULSE, "2,5", { value: 2.5 }],
    [PULSE, " 10 ", { value: 10 }],
    [PULSE, "0.05", { wrong: "range" }],
    [PULSE, "10.1", { wrong: "range" }],
    [PULSE, "1e1", { wrong: "number" }],
    [PULSE, "", { wrong: "empty" }],
    [setting("x", { above: 0 }), "0", { wrong: "range" }],
    [setting("x", { kind: "whole" }), "1.5", { wrong: "whole" }],
    [setting("x", { kind: "whole" }), "-3", { value: -3 }],
    [setting("x", { optional: true }), " ", { value: UNSET }],
    [USER, "", { value: UNSET }],
    [setting("x", { kind: "text" }), "", { value: "" }],
    [setting("x", { kind: "list", item: "text" }), "a\n\n b \n", { value: ["a", "b"] }],
    [setting("x", { kind: "list", item: "a number from 0 to 1" }), "0,5\n1", { value: [0.5, 1] }],
    [setting("x", { kind: "list", item: "a number" }), "half", { wrong: "lines" }],
    [setting("x", { kind: "list", item: "a table of values" }), '{"id": "upper"}', { value: [{ id: "upper" }] }],
    [setting("x", { kind: "list", item: "a table of values" }), "[1]", { wrong: "lines" }],
    [setting("x", { kind: "table", item: "a number from -0.2 to 0.2" }), "A2 = 0.012\nB1=-0.1", { value: { A2: 0.012, B1: -0.1 } }],
    [setting("x", { kind: "table", item: "text" }), "key = aGVsbG8=", { value: { key: "aGVsbG8=" } }],
    [setting("x", { kind: "table", item: "true or false, a whole number, a number or text" }), "a = true\nb = 7\nc = seven", { value: { a: true, b: 7, c: "seven" } }],
    [setting("x", { kind: "table", item: "text" }), "key", { wrong: "lines" }],
    [setting("x", { kind: "table", item: "text" }), "a = 1\na = 2", { wrong: "lines" }],
  ])("$field $kind reads %s", (field, text, expected) => expect(read(field, text)).toEqual(expected));

  it("is written as it is read", () => {
    expect(textOf("list", ["a", { b: 1 }])).toBe('a\n{"b":1}');
    expect(textOf("table", { A2: 0.012, on: true })).toBe("A2 = 0.012\non = true");
    expect([textOf("number", 0), textOf("text", null), textOf("list", UNSET)]).toEqual(["0", "", ""]);
  });

  it("is compared by what it holds", () => {
    expect(same({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(same({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect([same(null, undefined), same(UNSET, null), same(1, "1")]).toEqual([true, true, false]);
  });
});

describe("what is typed", () => {
  it("is an edit only where it changes something", () => {
    expect(after([VISIT, null, PULSE, { text: "0,70" }], [VISIT, null, LOST, { value: "out_of_service" }], [CLOUD, null, USER, { text: "till-7" }])).toEqual(new Map());
    expect(after([VISIT, null, PULSE, { text: "" }]).size).toBe(1);
    expect(after([CLOUD, null, SECRET, { text: "" }]).size).toBe(0);
  });

  it("is told with what was", () => {
    const edits = after([VISIT, null, LOST, { value: "review" }], [VISIT, null, PULSE, { text: "99" }], [BUS, 1, BUS.fields[1] as Setting, { text: "4800" }]);
    expect(editedOf(ALL, edits).map(({ spot, was, now, wrong }) => [keyOf(spot), was, now, wrong])).toEqual([
      ["visit.pulse_s", 0.7, "99", "range"],
      ["visit.lost_plate", "out_of_service", "review", null],
      ["bus[1].baud", 9600, 4800, null],
    ]);
    expect(toldOf(ALL, edits)).toBeNull();
  });

  it("becomes a change", () =>
    expect(told([VISIT, null, PULSE, { text: "1.5" }], [VISIT, null, LOST, { value: "review" }], [CLOUD, null, SECRET, { text: "/etc/secret" }])).toEqual({
      changes: { visit: { pulse_s: 1.5, lost_plate: "review" }, cloud: { password_file: "/etc/secret" } },
      unset: [],
    }));

  it("may leave a setting without a value", () => expect(told([CLOUD, null, USER, { text: "" }])).toEqual({ changes: {}, unset: ["cloud.username"] }));

  it("goes back to the store file, or to the default", () => {
    expect(told([VISIT, null, OPEN, { back: "file" }])).toEqual({ changes: { visit: { open_within_s: null } }, unset: [] });
    expect(told([VISIT, null, OPEN, { back: "default" }])).toEqual({ changes: {}, unset: ["visit.open_within_s"] });
    expect(told([VISIT, null, LOST, { back: "default" }])).toEqual({ changes: {}, unset: ["visit.lost_plate"] });
    const added = { ...OPEN, file_value: null };
    expect(toldOf([section("visit", [added])], new Map([["visit.open_within_s", { back: "default" }]]))).toEqual({ changes: { visit: { open_within_s: null } }, unset: [] });
    expect(after([VISIT, null, PULSE, { back: "default" }]).size).toBe(0);
  });

  it("tells a list as a whole", () =>
    expect(told([BUS, 0, BUS.fields[1] as Setting, { text: "4800" }])).toEqual({ changes: { bus: [{ name: "a", baud: 4800 }, { name: "b" }] }, unset: [] }));
});

describe("settings", () => {
  it("stand in groups, with new ones at the end", () => {
    const groups = groupsOf([...ALL, section("recordings", [])]);
    expect(groups.map(({ group, sections }) => [group, sections.map((one) => one.section)])).toEqual([
      ["shop", ["visit"]],
      ["cabinet", ["bus"]],
      ["outside", ["cloud"]],
      ["machine", ["recordings"]],
    ]);
  });

  it("are found by words", () => {
    const names = (wanted: string): string[] => found(ALL, wanted, () => "dauer").flatMap((one) => one.fields.map(({ field }) => field));
    expect([names("unlock pulse"), names("VISIT.lost"), names("dauer pulse"), names("nothing")]).toEqual([["pulse_s"], ["lost_plate"], ["pulse_s"], []]);
    expect(found(ALL, " ", () => "")).toBe(ALL);
  });

  it("name their rows", () => expect([rowName({ id: "A1" }, 0), rowName({ name: "relay" }, 1), rowName({}, 2)]).toEqual(["A1", "relay", "3"]));
});
