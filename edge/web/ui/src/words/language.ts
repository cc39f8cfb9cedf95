/** The words of every page: one file of `key: sentence` a language, beside the server's pages that read the same files. */

import type english from "../../../languages/en.json";
import { type Format, formatOf } from "./format";

type Category = "zero" | "one" | "two" | "few" | "many" | "other";
type File = Readonly<Record<string, string>>;
type EveryKey = keyof typeof english;

/** A key of one sentence. */
export type Key = Exclude<EveryKey, `${string}_${Category}`>;
/** A key of a sentence that goes by a number: the part before `_one`, `_other` … */
export type PluralKey = EveryKey extends infer Each ? (Each extends `${infer Base}_other` ? Base : never) : never;
/** Values for `{names}` in a sentence. */
export type Values = Readonly<Record<string, string | number>>;

export interface Words extends Format {
  readonly language: string;
  /** The sentence of `key`. */
  readonly t: (key: Key, values?: Values) => string;
  /** The sentence of `key` for `count`, which stands in it as `{count}`. */
  readonly plural: (key: PluralKey, count: number, values?: Values) => string;
  /** The sentence of a key made of a code that the store told, such as `fault.held_open.words`; `fallback` where no file knows that code. */
  readonly known: (key: string, fallback: string) => string;
  /** What stands between `before` and `after` in the keys that have both: the codes of a family such as `fault.` … `.words`, in their order. */
  readonly codes: (before: string, after: string) => readonly string[];
}

/** Words over one file. `region`: the tag by whose habits figures are written, such as en-GB for English. Pure. */
export function wordsOf(language: string, file: File, region = language): Words {
  const rules = new Intl.PluralRules(language);
  const format = formatOf(region);
  const sentence = (key: string): string => file[key] ?? key;
  return {
    ...format,
    language,
    t: (key, values) => filled(sentence(key), values),
    plural: (key, count, values) => {
      const own = file[`${key}_${rules.select(count)}`] ?? sentence(`${key}_other`);
      return filled(own, { count: format.number(count), ...values });
    },
    known: (key, fallback) => file[key] ?? fallback,
    codes: (before, after) =>
      Object.keys(file)
        .filter((key) => key.startsWith(before) && key.endsWith(after))
        .map((key) => key.slice(before.length, key.length - after.length)),
  };
}

/** `text` with its `{names}` replaced; a name without a value stays as it is. Pure. */
export function filled(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return value === undefined ? hole : String(value);
  });
}

/** The language among `known` that somebody who reads `wanted` (best first) reads best; English otherwise. Pure. */
export function bestLanguage(wanted: readonly string[], known: readonly string[]): string {
  for (const tag of wanted) {
    const exact = known.find((one) => one.toLowerCase() === tag.toLowerCase());
    const close = known.find((one) => one.split("-")[0]?.toLowerCase() === tag.split("-")[0]?.toLowerCase());
    if (exact ?? close) return exact ?? close ?? "en";
  }
  return "en";
}

/** `language` with the region of a reader who `wanted` it so (best first): an Englishman's time is no American's. Pure. */
export function regional(language: string, wanted: readonly string[]): string {
  return wanted.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}
