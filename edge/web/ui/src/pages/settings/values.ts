/** Values of settings as they are typed and shown. Lists have a line for each item, tables a line `name = value`. Pure. */

import type { Setting } from "../../api/settings";

/** Stands for a setting that has no value. */
export const UNSET = Symbol("unset");

export type Why = "empty" | "number" | "whole" | "range" | "lines";
export type Read = { readonly value: unknown } | { readonly wrong: Why };
type Described = Pick<Setting, "kind" | "item" | "optional" | "least" | "most" | "above">;

/** As it stands in the field; "" where there is none. */
export function textOf(kind: Setting["kind"], value: unknown): string {
  if (value === null || value === undefined || value === UNSET) return "";
  if (kind === "list") return (value as readonly unknown[]).map(plain).join("\n");
  if (kind === "table") return Object.entries(value as Record<string, unknown>).map(([name, one]) => `${name} = ${plain(one)}`).join("\n");
  return String(value);
}

/** What a text says for this setting. */
export function read(field: Described, text: string): Read {
  const plainText = text.trim();
  if (field.kind === "list" || field.kind === "table") return readLines(field, text);
  if (plainText === "") return field.optional ? { value: UNSET } : field.kind === "text" ? { value: "" } : { wrong: "empty" };
  if (field.kind !== "number" && field.kind !== "whole") return { value: plainText };
  const told = numberOf(plainText);
  if (told === null) return { wrong: "number" };
  if (field.kind === "whole" && !Number.isInteger(told)) return { wrong: "whole" };
  const within = (field.least === null || told >= field.least) && (field.most === null || told <= field.most) && (field.above === null || told > field.above);
  return within ? { value: told } : { wrong: "range" };
}

/** The same value, whatever the order of a table's keys. */
export function same(one: unknown, other: unknown): boolean {
  if (isTable(one) && isTable(other)) {
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]));
  }
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, place) => same(item, other[place]));
  return Object.is(one ?? UNSET, other ?? UNSET);
}

function readLines(field: Described, text: string): Read {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const numbers = /^a (whole )?number/.test(field.item);
  const tables = field.item.startsWith("a table");
  const one = (word: string): unknown => {
    if (tables) return parsed(word);
    if (numbers) return numberOf(word) ?? undefined;
    return field.item.includes("true or false") ? loose(word) : word;
  };
  if (field.kind === "list") {
    const items = lines.map(one);
    return items.includes(undefined) ? { wrong: "lines" } : { value: items };
  }
  const rows = lines.map((line) => /^([^=\s]+)\s*=\s*(.+)$/.exec(line)).map((found) => (found === null ? null : ([found[1] ?? "", one(found[2] ?? "")] as const)));
  const known = rows.filter((row) => row !== null);
  const names = new Set(known.map(([name]) => name));
  if (known.length < rows.length || names.size < known.length || known.some(([, value]) => value === undefined)) return { wrong: "lines" };
  return { value: Object.fromEntries(known) };
}

const plain = (value: unknown): string => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));
const numberOf = (text: string): number | null => (/^-?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : null);
const loose = (word: string): unknown => (word === "true" ? true : word === "false" ? false : (numberOf(word) ?? word));
const isTable = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
