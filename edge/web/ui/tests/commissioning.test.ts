import { describe, expect, it } from "vitest";
import english from "../../languages/en.json";
import { askedNow, grouped, nextSubject, type Procedure, progressOf, type StepState, stepOf, subjectNow } from "../src/pages/commissioning/bench";
import { massesOf } from "../src/pages/commissioning/masses";
import { listed, said, tenth, troubled } from "../src/pages/commissioning/saying";
import { lineOf } from "../src/pages/commissioning/trace";
import { wordsOf } from "../src/words/language";

const words = wordsOf("en", english, "en-GB");
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

const step = (name: StepState["step"], ...outcomes: ("open" | "passed" | "failed")[]): StepState => ({
  step: name,
  per: "plate",
  subjects: outcomes.map((outcome, place) => ({ subject: `A${place + 1}`, outcome, at_unix_s: null, by: "" })),
});

describe("steps", () => {
  it.each([
    [["open", "open"], "open"],
    [["open", "passed"], "begun"],
    [["passed", "passed"], "passed"],
    [["passed", "failed"], "failed"],
    [[], "open"],
  ] as const)("%j are %s", (outcomes, progress) => {
    expect(progressOf(step("plates", ...outcomes))).toBe(progress);
  });

  it("open at the one that is named, else at the first that is not done", () => {
    const steps = [step("ports", "passed"), step("scan", "open"), step("knock", "open")];
    expect(stepOf(steps, "knock")?.step).toBe("knock");
    expect(stepOf(steps, "nowhere")?.step).toBe("scan");
    expect(stepOf([], undefined)).toBeNull();
  });

  it("go on with what is not done, behind what was just done", () => {
    expect(nextSubject(step("plates", "open", "open", "open"))).toBe("A1");
    expect(nextSubject(step("plates", "open", "passed", "open"), "A2")).toBe("A3");
    expect(nextSubject(step("plates", "open", "passed", "passed"), "A3")).toBe("A1");
    expect(nextSubject(step("plates", "passed", "passed"), "A1")).toBe("A2");
    expect(nextSubject(step("plates"))).toBe("");
  });

  it("stay with what came to nothing", () => {
    const plates = step("plates", "passed", "failed", "open");
    const procedure = (subject: string, state: Procedure["state"]) => ({ subject, state }) as Procedure;
    expect(subjectNow(plates, null)).toBe("A2");
    expect(subjectNow(plates, procedure("A1", "failed"))).toBe("A1");
    expect(subjectNow(plates, procedure("A2", "passed"))).toBe("A3");
  });

  it("ask a person for one thing at a time", () => {
    expect(askedNow([])).toBeNull();
    const log = [
      { code: "knock", figures: { plate: "A1", number: 1, of: 3 } },
      { code: "knock_unused", figures: { why: "too soft", reason: "unclear" } },
    ];
    expect(askedNow(log)?.code).toBe("knock");
  });
});

describe("known masses", () => {
  it.each([
    ["1000", [1000]],
    ["2000; 500", [500, 2000]],
    ["500 g / 1000 g", [500, 1000]],
    ["999.5", [999.5]],
    ["500; 500", [500]],
  ])("%s", (text, masses) => {
    expect(massesOf(text)).toEqual(masses);
  });

  it.each(["", "heavy", "1;2;3;4", "0", "500;"])("%j is none, or one of them is missing", (text) => {
    expect(massesOf(text)).toEqual(text === "500;" ? [500] : null);
  });
});

describe("what is said", () => {
  it("has its figures as people write them", () => {
    expect(plain(said({ code: "put_mass", figures: { mass_g: 2000, plate: "A1" } }, words))).toBe("Put 2.00 kg on the middle of plate A1, and take the hands away.");
    expect(said({ code: "knock_unused", figures: { why: "raw", reason: "unclear" } }, words)).toContain("More than one knock");
    expect(said({ code: "unheard_of", figures: {} }, words)).toBe("unheard_of");
  });

  it("says of a trouble what to do, also where nobody knows its code", () => {
    const trouble = { code: "factor_pounds", words: "raw", advice: "raw", figures: { plate: "A1", shown_g: 453.6, mass_g: 1000 } };
    expect(plain(troubled(trouble, words).words)).toBe("Plate A1 shows 453.6 g for 1.00 kg: something counts pounds.");
    expect(troubled({ ...trouble, code: "unheard_of" }, words)).toEqual({ words: "raw", advice: "raw" });
  });

  it("names the figures of the record", () => {
    expect(plain(listed({ factor: 1.04171, zero_g: -0.04, device: "scale" }, words))).toBe("factor 1.042, empty 0.0 g, device scale");
  });

  it("shows nothing without a sign", () => {
    expect(Object.is(tenth(-0.04), 0)).toBe(true);
  });
});

describe("a live trace", () => {
  it("runs from left to right and keeps within its field", () => {
    const line = lineOf("A1", [
      [-8, 0],
      [-4, 1000],
      [0, 500],
    ]);
    expect(line.path).toBe("M0 94L50 6L100 50");
    expect(line.nowG).toBe(500);
  });

  it("draws noise as a calm line, and nothing as nothing", () => {
    expect(lineOf("A1", [[-1, 0.2], [0, -0.2]]).path).toBe("M87.5 49.1L100 50.9");
    expect(lineOf("A1", [])).toMatchObject({ path: "", nowG: null });
  });
});

describe("the draft", () => {
  it("stands together by what it changes", () => {
    const row = (section: string, name: string, key: string) => ({ section, name, key, before: "", after: "1" });
    const groups = grouped([row("door", "front", "bolt"), row("plate", "A1", "channel"), row("plate", "A1", "device")]);
    expect(groups.map(({ name, rows }) => [name, rows.length])).toEqual([
      ["front", 1],
      ["A1", 2],
    ]);
  });
});
