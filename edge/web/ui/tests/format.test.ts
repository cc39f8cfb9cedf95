import { describe, expect, it } from "vitest";
import { formatOf } from "../src/words/format";

const en = formatOf("en-GB", "Europe/Berlin");
const zh = formatOf("zh", "Asia/Shanghai");
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");

describe("weight", () => {
  it.each([
    [null, "–"],
    [0, "0 g"],
    [-0.2, "0 g"],
    [412.4, "412 g"],
    [999.4, "999 g"],
    [999.6, "1.00 kg"],
    [1238.9, "1.24 kg"],
    [-1238.9, "−1.24 kg"],
  ])("reads %s as %s", (grams, words) => expect(plain(en.weight(grams))).toBe(words));

  it.each([
    [-44.13, "−44.1 g"],
    [0.5, "+0.5 g"],
    [-272.21, "−272 g"],
    [1240, "+1.24 kg"],
  ])("reads a change of %s as %s", (grams, words) => expect(plain(en.change(grams))).toBe(words));
});

describe("money", () => {
  it("has the digits of its currency", () => {
    expect(plain(en.money(119, "EUR"))).toBe("€1.19");
    expect(plain(en.money(119, "JPY"))).toBe("JP¥119");
    expect(plain(zh.money(1250, "CNY"))).toBe("¥12.50");
  });
});

describe("shares", () => {
  it("never claims certainty", () => {
    expect(plain(en.percent(0.998))).toBe("> 99%");
    expect(en.percent(0.87)).toBe("87%");
    expect(plain(en.percent(0.001))).toBe("< 1%");
    expect(en.percent(0)).toBe("0%");
  });
});

describe("spans", () => {
  it.each([
    [-3, "0 sec"],
    [12.9, "12 sec"],
    [190, "3 min"],
    [3600, "1 hr"],
    [7500, "2 hr 5 min"],
    [400_000, "4 days"],
  ])("tells %d seconds as %s", (seconds, words) => expect(formatOf("en").span(seconds).replace("secs", "sec").replace("mins", "min").replace("hrs", "hr")).toBe(words));

  it("speaks Chinese", () => {
    expect(zh.span(12)).toBe("12秒");
    expect(zh.ago(190)).toBe("3分钟前");
  });
});

describe("days", () => {
  const noon = Date.UTC(2026, 10, 23, 11) / 1000;

  it("names today and yesterday by the calendar, not by hours", () => {
    expect(en.day(noon, noon)).toBe("Today");
    expect(en.day(noon - 13 * 3600, noon)).toBe("Yesterday");
    expect(en.day(noon - 12 * 3600, noon)).toBe("Today");
    expect(zh.day(noon, noon)).toBe("今天");
  });

  it("names other days by date", () => expect(en.day(noon - 3 * 86_400, noon)).toBe("Friday 20 November"));
});

describe("single pieces and bytes", () => {
  it("tells a piece to the tenth of a gram", () => {
    expect(plain(en.exact(43.24))).toBe("43.2 g");
    expect(plain(en.exact(-0.5))).toBe("−0.5 g");
    expect(plain(zh.exact(1238))).toBe("1,238.0 g");
  });

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [485_976, "486 kB"],
    [1_240_000, "1.2 MB"],
    [3_000_000_000, "3.0 GB"],
  ])("reads %s bytes as %s", (count, words) => expect(plain(en.bytes(count))).toBe(words));
});
