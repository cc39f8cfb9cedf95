/** One setting: its name and what it does, its value to be changed, and beside it what it may be, what it would be by itself, and from when on it holds. */

import { useId } from "react";
import type { Setting } from "../../api/settings";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { useWords } from "../../words/use";
import { Control } from "./Control";
import type { Edit } from "./edits";
import { useShown } from "./useShown";
import { useSettingWords } from "./useSettingWords";
import { read, same } from "./values";

interface Props {
  section: string;
  place: number | null;
  field: Setting;
  kept: unknown;
  edit: Edit | undefined;
  problem: string | null;
  /** It cannot be changed here. */
  fixed: boolean;
  onEdit: (edit: Edit) => void;
}

export function SettingRow({ section, place, field, kept, edit, problem, fixed, onEdit }: Props) {
  const { t, known } = useWords();
  const { titleOf, aboutOf, unitOf } = useSettingWords();
  const allowed = allowedOf(field, unitOf(field.unit), t);
  const shown = useShown();
  const id = useId();
  const typed = edit !== undefined && "text" in edit ? read(field, edit.text) : null;
  const wrong = typed !== null && "wrong" in typed ? t(`settings.wrong.${typed.wrong}`, { allowed }) : problem;
  const origin = edit !== undefined ? "edited" : place !== null ? null : field.origin;
  const reverting = edit !== undefined && "back" in edit;
  return (
    <li className="setting" data-edited={edit !== undefined} data-wrong={wrong !== null}>
      <div className="setting-what">
        <p className="setting-title">
          <label htmlFor={id}>{titleOf(section, field)}</label>
          {field.dangerous && !fixed && <Badge tone="warn">{t("settings.dangerous")}</Badge>}
        </p>
        <p className="setting-about small" id={`${id}-about`}>
          {aboutOf(section, field)}
        </p>
        <p className="setting-key small quiet">
          {section}.{field.field}
        </p>
      </div>
      <div className="setting-value">
        <Control id={id} field={field} kept={kept} edit={edit} wrong={wrong !== null} fixed={fixed} onEdit={onEdit} />
        <div id={`${id}-wrong`} role="alert">
          {wrong !== null && <p className="settings-wrong small">{wrong}</p>}
        </div>
        <p className="setting-facts small quiet" id={`${id}-facts`}>
          {allowed !== "" && <span>{allowed}</span>}
          {field.default !== null && !field.required && <span>{t("settings.default", { value: shown(field, field.default) })}</span>}
          {field.required && <span>{t("settings.required")}</span>}
        </p>
        <p className="setting-origin small">
          {origin !== null && <Badge tone={origin === "edited" ? "note" : origin === "changed" ? "good" : "plain"} icon={null}>{t(`settings.origin.${origin}`)}</Badge>}
          {!fixed && <span className="quiet">{known(`settings.applies.${field.applies}`, field.applies)}</span>}
        </p>
        {!fixed && place === null && !field.secret && (
          <p className="setting-back">
            {edit !== undefined && (
              <Button kind="quiet" onClick={() => onEdit({ value: kept })}>
                {t("settings.undo")}
              </Button>
            )}
            {!reverting && field.origin === "changed" && field.file_value !== null && (
              <Button kind="quiet" onClick={() => onEdit({ back: "file" })}>
                {t("settings.back.file", { value: shown(field, field.file_value) })}
              </Button>
            )}
            {!reverting && field.origin !== "default" && !field.required && !same(kept, field.default) && (
              <Button kind="quiet" onClick={() => onEdit({ back: "default" })}>
                {t("settings.back.default")}
              </Button>
            )}
          </p>
        )}
      </div>
    </li>
  );
}

type Say = ReturnType<typeof useWords>["t"];

/** "0.1 to 10 s". */
function allowedOf({ least, most, above, kind, item }: Setting, unit: string, t: Say): string {
  const tail = unit === "" ? "" : ` ${unit}`;
  if (kind === "list") return t("settings.lines.list");
  if (kind === "table") return t("settings.lines.table");
  if (kind !== "number" && kind !== "whole") return item;
  if (least !== null && most !== null) return `${t("planogram.range", { least: String(least), most: String(most) })}${tail}`;
  if (above !== null && most !== null) return `${t("settings.range.above", { above: String(above), most: String(most) })}${tail}`;
  if (least !== null) return `${t("settings.range.least", { least: String(least) })}${tail}`;
  return "";
}
