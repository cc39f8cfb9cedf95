/** The value of a setting in one line, as people read it. */

import { useCallback } from "react";
import type { Setting } from "../../api/settings";
import { useWords } from "../../words/use";
import { useSettingWords } from "./useSettingWords";
import { textOf, UNSET } from "./values";

export function useShown(): (field: Pick<Setting, "kind" | "unit" | "secret">, value: unknown) => string {
  const { t, known } = useWords();
  const { unitOf } = useSettingWords();
  return useCallback(
    (field, value) => {
      if (field.secret) return t("settings.secret");
      if (value === null || value === undefined || value === UNSET) return t("settings.unset");
      if (field.kind === "flag") return t(value === true ? "settings.on" : "settings.off");
      if (field.kind === "choice") return known(`settings.choice.${String(value)}`, String(value));
      const text = textOf(field.kind, value).split("\n").join(", ");
      if (text === "") return t("settings.nothing");
      return field.unit === "" ? text : `${text} ${unitOf(field.unit)}`;
    },
    [t, known, unitOf],
  );
}
