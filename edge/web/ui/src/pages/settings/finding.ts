/** The settings as somebody looks for one: sections in groups, and those that have some words in them. Pure. */

import type { Section, Setting } from "../../api/settings";

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ["shop", ["store", "visit", "entry"]],
  ["cabinet", ["bus", "device", "door", "plate", "reader", "weighing"]],
  ["eye", ["vision", "camera"]],
  ["outside", ["cloud", "web", "access"]],
  ["machine", ["journal", "log"]],
];

export interface Group {
  readonly group: string;
  readonly sections: readonly Section[];
}

/** Sections by what they are about; those that nobody has placed stand with the machine. Empty groups are left out. */
export function groupsOf(sections: readonly Section[]): readonly Group[] {
  const placed = new Set(GROUPS.flatMap(([, names]) => names));
  return GROUPS.map(([group, names]) => ({
    group,
    sections: [
      ...names.flatMap((name) => sections.filter(({ section }) => section === name)),
      ...(group === "machine" ? sections.filter(({ section }) => !placed.has(section)) : []),
    ],
  })).filter((one) => one.sections.length > 0);
}

/** Sections with the settings that have every word of `wanted` in their key, title or description; `titleOf` and `aboutOf` as the reader sees them. */
export function found(sections: readonly Section[], wanted: string, wordsOf: (section: string, field: Setting) => string): readonly Section[] {
  const words = wanted.toLocaleLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return sections;
  return sections
    .map((section) => ({
      ...section,
      fields: section.fields.filter((field) => {
        const text = `${section.section}.${field.field} ${field.title} ${field.description} ${wordsOf(section.section, field)}`.toLocaleLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ fields }) => fields.length > 0);
}

/** What a row of a section that there may be several of is called. */
export function rowName(row: Readonly<Record<string, unknown>>, place: number): string {
  const name = row["id"] ?? row["name"];
  return typeof name === "string" ? name : String(place + 1);
}
