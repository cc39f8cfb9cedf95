import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bestLanguage, filled, regional, wordsOf } from "../src/words/language";
import { detailOf } from "../src/words/said";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const LANGUAGES = join(HERE, "../../languages");
const files = readdirSync(LANGUAGES).filter((name) => name.endsWith(".json"));
const read = (name: string): Record<string, string> => JSON.parse(readFileSync(join(LANGUAGES, name), "utf-8")) as Record<string, string>;
const en = read("en.json");
const CATEGORY = /_(zero|one|two|few|many|other)$/;
const bases = (file: Record<string, string>): string[] => [...new Set(Object.keys(file).map((key) => key.replace(CATEGORY, "")))].sort();
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();

describe.each(files)("%s", (name) => {
  const file = read(name);
  const tag = name.replace(".json", "");

  it("has every key and no other", () => expect(bases(file)).toEqual(bases(en)));

  it("has a sentence for every number", () => {
    const wanted = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    const plurals = [...new Set(Object.keys(en).filter((key) => CATEGORY.test(key)).map((key) => key.replace(CATEGORY, "")))];
    const missing = plurals.flatMap((base) => wanted.map((category) => `${base}_${category}`)).filter((key) => !(key in file));
    expect(missing).toEqual([]);
  });

  it("has the same holes in every sentence", () => {
    for (const [key, text] of Object.entries(file)) expect([key, holes(text)]).toEqual([key, holes(en[key] ?? en[key.replace(CATEGORY, "_other")] ?? "")]);
  });

  it("says something everywhere", () => expect(Object.entries(file).filter(([, text]) => text.trim() === "" || text !== text.trim())).toEqual([]));
});

describe("keys", () => {
  /** Families of keys that are put together from a code of the store, and those that only the server's own pages read. */
  const FAMILIES = /^(fault|refusal|review|note|count|hint|problem|quality|language|server)\./;
  const sources = walk(join(HERE, "../src")).map((path) => readFileSync(path, "utf-8")).join("\n");
  const quoted = new Set([...sources.matchAll(/["`]([a-z][\w.]*)(?=["`$])/gi)].map(([, key]) => key ?? ""));

  it("are all used", () => {
    const unused = Object.keys(en).filter((key) => {
      const base = key.replace(CATEGORY, "");
      const families = [...quoted].filter((one) => one.endsWith("."));
      return !FAMILIES.test(key) && !quoted.has(base) && !families.some((family) => base.startsWith(family));
    });
    expect(unused).toEqual([]);
  });
});

describe("words", () => {
  const words = wordsOf("en", { greeting: "Hello {name}", items_one: "{count} item", items_other: "{count} items" });

  it("fills holes, and leaves those it has nothing for", () => {
    expect(filled("{a} and {b}", { a: 1 })).toBe("1 and {b}");
    expect(filled("{a}", { a: "{b}", b: "x" })).toBe("{b}");
  });

  it("goes by the number", () => {
    expect(words.plural("items" as never, 1)).toBe("1 item");
    expect(words.plural("items" as never, 1200)).toBe("1,200 items");
  });

  it("falls back to what the store says for a code it does not know", () => {
    expect(words.known("greeting", "x")).toBe("Hello {name}");
    expect(words.known("fault.unheard_of.words", "The store's own words.")).toBe("The store's own words.");
  });
});

describe("languages", () => {
  it("are chosen by what somebody reads best", () => {
    expect(bestLanguage(["zh-CN", "en"], ["en", "zh"])).toBe("zh");
    expect(bestLanguage(["fr", "de"], ["en", "zh"])).toBe("en");
    expect(bestLanguage(["fr", "EN-us"], ["zh", "en"])).toBe("en");
  });

  it("keep the reader's region", () => {
    expect(regional("en", ["zh-CN", "en-GB"])).toBe("en-GB");
    expect(regional("zh", ["en-GB"])).toBe("zh");
  });
});

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : /\.tsx?$/.test(name) && !name.endsWith(".d.ts") ? [path] : [];
  });
}

describe("what the store says by code", () => {
  const words = wordsOf("en", en);

  it("is said with its values, and what a machine told besides", () => {
    expect(detailOf(words, { code: "unlocks_in_a_row", values: { failures: "3" }, more: "" }, "")).toBe("3 unlocks in a row failed.");
    expect(detailOf(words, { code: "cloud_closed", values: {}, more: "reset {by} peer" }, "")).toBe("The connection was lost. (reset {by} peer)");
  });

  it("stays in the store's own words without a code that is known", () => {
    expect(detailOf(words, null, "scale-1: silent")).toBe("scale-1: silent");
    expect(detailOf(words, { code: "of_tomorrow", values: {}, more: "" }, "something new")).toBe("something new");
  });
});
