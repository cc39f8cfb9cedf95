import { describe, expect, it } from "vitest";
import type { Alarm } from "../src/api/store";
import { groupsOf, pressing, takenOut } from "../src/pages/alarms/groups";
import { found } from "../src/pages/alarms/reference";

const alarm = (code: string, subject: string, severity: Alarm["severity"], since: number | null = null, latched = false): Alarm => ({
  code,
  subject,
  severity,
  words: code,
  action: "",
  since_s: since,
  latched,
  detail: "",
  said: null,
});

describe("alarms", () => {
  it("are one entry a kind, that tells the earliest beginning and whether any of them stays", () => {
    const [group, ...others] = groupsOf([alarm("plate_lost", "A2", "critical", 60), alarm("plate_lost", "B3", "critical", 55, true), alarm("plate_lost", "B1", "critical")]);
    expect(others).toEqual([]);
    expect(group).toMatchObject({ code: "plate_lost", since: 55, latched: true });
    expect(group?.alarms.map(({ subject }) => subject)).toEqual(["A2", "B3", "B1"]);
  });

  it("stand the worst first, then those that have lasted longest, then those of which nobody knows since when", () => {
    const groups = groupsOf([
      alarm("notice", "a", "notice", 1),
      alarm("undated", "a", "critical"),
      alarm("late", "a", "critical", 20),
      alarm("warning", "a", "warning", 2),
      alarm("early", "a", "critical", 10),
    ]);
    expect(groups.map(({ code }) => code)).toEqual(["early", "late", "undated", "warning", "notice"]);
  });

  it("press a person where they are no mere notices", () => {
    expect(pressing([alarm("a", "x", "notice"), alarm("b", "x", "warning"), alarm("b", "y", "critical")])).toBe(2);
    expect(pressing([])).toBe(0);
  });

  it("tell whether an operator closed the cabinet, which other faults do not", () => {
    expect(takenOut([alarm("relock_fault", "front", "critical")])).toBe(false);
    expect(takenOut([alarm("out_of_service", "store", "notice")])).toBe(true);
  });
});

describe("looking up a fault", () => {
  const faults = [
    { code: "relock_fault", words: "The bolt does not hold.", action: "Press the door shut." },
    { code: "plate_lost", words: "秤盘没有响应。", action: "检查电源和线缆。" },
  ];

  it("finds by every word, in any text, whatever the case", () => {
    expect(found(faults, " BOLT  shut ").map(({ code }) => code)).toEqual(["relock_fault"]);
    expect(found(faults, "线缆").map(({ code }) => code)).toEqual(["plate_lost"]);
    expect(found(faults, "plate_lost").map(({ code }) => code)).toEqual(["plate_lost"]);
    expect(found(faults, "bolt cable")).toEqual([]);
  });

  it("shows all where nothing is asked", () => expect(found(faults, "  ")).toEqual(faults));
});
