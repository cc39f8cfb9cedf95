import { describe, expect, it } from "vitest";
import { decimalsOf, shortest, typed, written } from "../src/words/typed";

const units = (text: string, decimals = 2): number | string => {
  const told = typed(text, decimals);
  return "units" in told ? told.units : told.wrong;
};

describe("a typed number", () => {
  it.each([
    ["1,99", 199],
    ["1.99", 199],
    ["1", 100],
    ["1.5", 150],
    [".5", 50],
    ["1,", 100],
    [" 1 199,00 € ", 119900],
    ["1.199,00", 119900],
    ["1,199.00", 119900],
    ["1'199.00", 119900],
    ["1,234,567", 123456700],
    ["１，９９", 199],
    ["0", 0],
  ])("%s is %s cents", (text, cents) => expect(units(text)).toBe(cents));

  it.each([
    ["", "empty"],
    [" € ", "empty"],
    ["abc", "garbled"],
    ["-1", "garbled"],
    ["1e3", "garbled"],
    [".", "garbled"],
    ["1..2", "garbled"],
    ["1.2.3", "garbled"],
    ["1.23,45.67", "garbled"],
    ["1234567890123", "garbled"],
    ["1.999", "fine"],
    ["1,234", "fine"],
    ["0.005", "fine"],
  ])("%s is refused: %s", (text, wrong) => expect(units(text)).toBe(wrong));

  it("has thousands where only whole units count", () => {
    expect(units("1,234", 0)).toBe(1234);
    expect(units("1.234.567", 0)).toBe(1234567);
    expect(units("12.5", 0)).toBe("fine");
  });

  it("has three decimals where the currency has", () => {
    expect(units("1,234", 3)).toBe(1234);
    expect([decimalsOf("EUR"), decimalsOf("JPY"), decimalsOf("KWD")]).toEqual([2, 0, 3]);
  });

  it("is exact for every cent", () => {
    const wrong = Array.from({ length: 20_000 }, (_, cents) => cents).filter((cents) => units(written(cents, 2, "de")) !== cents || units(written(cents, 2, "en")) !== cents);
    expect(wrong).toEqual([]);
  });
});

describe("a number in a field", () => {
  it("has the reader's decimal sign and nothing that parts thousands", () => {
    expect(written(119_990, 2, "de")).toBe("1199,90");
    expect(written(119_990, 2, "en")).toBe("1199.90");
    expect(written(5, 0, "zh")).toBe("5");
  });

  it("may leave zeros out", () => {
    expect(shortest(1900, 2, "en")).toBe("19");
    expect(shortest(750, 2, "de")).toBe("7,5");
  });
});
