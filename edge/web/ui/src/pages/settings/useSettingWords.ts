/** Sections and settings in the reader's language: the store's own English where nobody has put them into it. */

import { useMemo } from "react";
import type { Setting } from "../../api/settings";
import { useWords } from "../../words/use";
import { useDescriptions } from "../../words/descriptions";

export interface SettingWords {
  /** False while they are being fetched. */
  readonly ready: boolean;
  readonly unitOf: (unit: string) => string;
  readonly sectionOf: (section: string) => string;
  readonly titleOf: (section: string, field: Pick<Setting, "field" | "title">) => string;
  readonly aboutOf: (section: string, field: Pick<Setting, "field" | "description">) => string;
}

export function useSettingWords(): SettingWords {
  const { known } = useWords();
  const described = useDescriptions();
  return useMemo(
    () => ({
      ready: described !== null,
      unitOf: (unit) => known(`settings.unit.${unit}`, unit),
      sectionOf: (section) => known(`settings.section.${section}`, section),
      titleOf: (section, { field, title }) => described?.[`${section}.${field}`]?.[0] || title,
      aboutOf: (section, { field, description }) => described?.[`${section}.${field}`]?.[1] || description,
    }),
    [known, described],
  );
}
