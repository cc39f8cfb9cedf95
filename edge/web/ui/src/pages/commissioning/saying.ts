/** What a procedure tells, in the reader's words: the code makes the key, its figures are written as people write them. Pure. */

import { filled, type Words } from "../../words/language";
import type { Said, Trouble } from "./bench";

type Figures = Readonly<Record<string, number | string>>;

/** Each figure by the unit that its name ends in. */
export function told(figures: Figures, words: Words): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, typeof value === "string" ? value : figure(name, value, words)]));
}

/** To the tenth, without a sign before nothing. */
export const tenth = (value: number): number => Math.round(value * 10) / 10 + 0;

function figure(name: string, value: number, { weight, exact, change, number, percent }: Words): string {
  if (name === "mass_g" || name === "amplitude_g" || name === "least_g") return weight(value);
  if (name === "peak_g") return change(value);
  if (name.endsWith("_g")) return exact(tenth(value));
  if (name.endsWith("_share")) return percent(value);
  if (name.endsWith("hertz") || name.endsWith("_hz")) return number(Math.round(value * 10) / 10);
  return number(Math.round(value * 1000) / 1000);
}

/** One thing told. */
export function said({ code, figures }: Said, words: Words): string {
  const why = typeof figures["reason"] === "string" ? { why: words.known(`bench.trouble.${figures["reason"]}.words`, String(figures["why"] ?? "")) } : {};
  return filled(words.known(`bench.said.${code}`, code), { ...told(figures, words), ...why });
}

/** The figures of a row of the record, each under its name. */
export function listed(figures: Figures, words: Words): string {
  const names = told(figures, words);
  return Object.keys(figures)
    .map((name) => `${words.known(`bench.figure.${name}`, name.replaceAll("_", " "))} ${names[name] ?? ""}`)
    .join(", ");
}

/** Why it came to nothing, and what to do. */
export function troubled(trouble: Pick<Trouble, "code" | "words" | "advice" | "figures">, words: Words): { readonly words: string; readonly advice: string } {
  const figures = told(trouble.figures, words);
  if (trouble.code === "not_let_in") figures["why"] = words.known(`refusal.${figures["reason"] ?? ""}`, figures["why"] ?? "");
  return {
    words: filled(words.known(`bench.trouble.${trouble.code}.words`, trouble.words), figures),
    advice: filled(words.known(`bench.trouble.${trouble.code}.advice`, trouble.advice), figures),
  };
}
