import { describe, expect, it } from "vitest";
import { checkDigit, gtinWrong, sameArticle, scanned } from "../src/pages/products/gtin";

describe("a GTIN", () => {
  it.each(["4006381333931", "5449000000996", "96385074", "036000291452", "10614141000415"])("%s is right", (gtin) => expect(gtinWrong(gtin)).toBeNull());

  it.each([
    ["", "empty"],
    ["40063813339A1", "letters"],
    ["４006381333931", "letters"],
    ["400638133", "length"],
    ["123456789012345", "length"],
    ["0000000000000", "zeros"],
    ["4006381333932", "digit"],
    ["4006381339331", "digit"],
  ])("%s is wrong: %s", (gtin, wrong) => expect(gtinWrong(gtin)).toBe(wrong));

  it("has one check digit", () => {
    expect(checkDigit("400638133393")).toBe(1);
    expect(checkDigit("9638507")).toBe(4);
    const right = Array.from({ length: 10 }, (_, digit) => `400638133393${digit}`).filter((gtin) => gtinWrong(gtin) === null);
    expect(right).toEqual(["4006381333931"]);
  });

  it("is one article however many zeros are written before it", () => {
    expect(sameArticle("036000291452", "0036000291452")).toBe(true);
    expect(sameArticle("036000291452", "036000291453")).toBe(false);
  });
});

describe("a scanned code", () => {
  it.each([
    ["4006381333931\n", "4006381333931"],
    ["]E04006381333931", "4006381333931"],
    [" 4 006381 333931 ", "4006381333931"],
    ["4006-3813-33931", "4006381333931"],
    ["４００６３８１３３３９３１", "4006381333931"],
    ["(01)10614141000415(10)A1", "10614141000415"],
    ["]d2011061414100041510A1", "10614141000415"],
    ["https://id.example/01/10614141000415/10/A1", "10614141000415"],
    ["chocolate", "chocolate"],
  ])("%s holds %s", (text, gtin) => expect(scanned(text)).toBe(gtin));
});
