/** Settings under somebody's hands: what they have typed, what that changes, and what the store is told of it. Pure. */

import type { Section, Setting } from "../../api/settings";
import { read, same, textOf, UNSET, type Why } from "./values";

/** One setting. `row`: which of a section that there may be several of, from 0; null where there is one. */
export interface Spot {
  readonly section: string;
  readonly row: number | null;
  readonly field: string;
}

/** `text`: typed. `value`: chosen. `back`: no longer as it was changed here, but as the store file has it, or as the program's default is. */
export type Edit = { readonly text: string } | { readonly value: unknown } | { readonly back: "file" | "default" };
export type Edits = ReadonlyMap<string, Edit>;

/** A setting as it is kept, and as it would be. `wrong`: what was typed cannot be read. */
export interface Edited {
  readonly spot: Spot;
  readonly field: Setting;
  readonly was: unknown;
  readonly now: unknown;
  readonly wrong: Why | null;
}

export const keyOf = ({ section, row, field }: Spot): string => (row === null ? `${section}.${field}` : `${section}[${row}].${field}`);

/** The value that is kept; the default where none is. */
export function keptOf(section: Section, row: number | null, field: Setting): unknown {
  if (row === null) return field.value;
  return section.rows[row]?.[field.field] ?? (field.required ? null : field.default);
}

/** `edits` with one more; one that changes nothing is none. */
export function edited(edits: Edits, section: Section, row: number | null, field: Setting, edit: Edit): Edits {
  const next = new Map(edits);
  const key = keyOf({ section: section.section, row, field: field.field });
  if (changes(section, row, field, edit)) next.set(key, edit);
  else next.delete(key);
  return next;
}

/** Every edit, in the order of the settings. */
export function editedOf(sections: readonly Section[], edits: Edits): readonly Edited[] {
  return sections.flatMap((section) => {
    const rows: readonly (number | null)[] = section.many ? section.rows.map((_, row) => row) : [null];
    return rows.flatMap((row) =>
      section.fields.flatMap((field): Edited[] => {
        const spot = { section: section.section, row, field: field.field };
        const edit = edits.get(keyOf(spot));
        return edit === undefined ? [] : [{ spot, field, was: keptOf(section, row, field), ...outcome(field, edit) }];
      }),
    );
  });
}

export interface Told {
  readonly changes: Record<string, Record<string, unknown> | Record<string, unknown>[]>;
  readonly unset: string[];
}

/** What the store is told; null where something typed cannot be read. Sections that there may be several of are told whole. */
export function toldOf(sections: readonly Section[], edits: Edits): Told | null {
  const changes: Told["changes"] = {};
  const unset: string[] = [];
  for (const section of sections) {
    const own = editedOf([section], edits);
    if (own.some(({ wrong }) => wrong !== null)) return null;
    if (own.length === 0) continue;
    if (section.many) {
      changes[section.section] = section.rows.map((row, place) => rowOf(row, own.filter(({ spot }) => spot.row === place)));
      continue;
    }
    const table: Record<string, unknown> = {};
    for (const { spot, field, now } of own) {
      const edit = edits.get(keyOf(spot));
      if (edit !== undefined && "back" in edit && (edit.back === "file" || field.file_value === null)) table[spot.field] = null;
      else if (now === UNSET || (edit !== undefined && "back" in edit)) unset.push(keyOf(spot));
      else table[spot.field] = now;
    }
    if (Object.keys(table).length > 0) changes[section.section] = table;
  }
  return { changes, unset };
}

function rowOf(row: Readonly<Record<string, unknown>>, own: readonly Edited[]): Record<string, unknown> {
  const next = { ...row };
  for (const { spot, now } of own) next[spot.field] = now === UNSET ? null : now;
  return next;
}

function changes(section: Section, row: number | null, field: Setting, edit: Edit): boolean {
  if ("back" in edit) return row === null && (edit.back === "file" ? field.origin === "changed" : field.origin !== "default");
  const { now, wrong } = outcome(field, edit);
  if (field.secret) return now !== UNSET || wrong !== null;
  const was = keptOf(section, row, field);
  if ("text" in edit && edit.text === textOf(field.kind, was)) return false;
  return wrong !== null || !same(now, was);
}

function outcome(field: Setting, edit: Edit): { now: unknown; wrong: Why | null } {
  if ("back" in edit) return { now: edit.back === "file" ? (field.file_value ?? field.default ?? UNSET) : (field.default ?? UNSET), wrong: null };
  if ("value" in edit) return { now: edit.value, wrong: null };
  const told = read(field, edit.text);
  return "wrong" in told ? { now: edit.text, wrong: told.wrong } : { now: told.value, wrong: null };
}
