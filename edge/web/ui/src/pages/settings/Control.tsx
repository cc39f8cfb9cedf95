/** Where the value of one setting is changed, by its kind. */

import type { Setting } from "../../api/settings";
import { useWords } from "../../words/use";
import type { Edit } from "./edits";
import { useSettingWords } from "./useSettingWords";
import { textOf, UNSET } from "./values";

interface Props {
  id: string;
  field: Setting;
  kept: unknown;
  edit: Edit | undefined;
  wrong: boolean;
  fixed: boolean;
  onEdit: (edit: Edit) => void;
}

export function Control({ id, field, kept, edit, wrong, fixed, onEdit }: Props) {
  const { t, known } = useWords();
  const { unitOf } = useSettingWords();
  const now = edit === undefined ? kept : "value" in edit ? edit.value : "back" in edit ? (edit.back === "file" ? (field.file_value ?? field.default) : field.default) : kept;
  const text = edit !== undefined && "text" in edit ? edit.text : field.secret ? "" : textOf(field.kind, now);
  const told = { id, disabled: fixed, "aria-invalid": wrong, "aria-describedby": `${id}-about ${id}-facts ${id}-wrong` };
  if (field.kind === "flag") {
    return (
      <span className="switch">
        <input type="checkbox" role="switch" {...told} checked={now === true} onChange={(event) => onEdit({ value: event.target.checked })} />
        <span aria-hidden="true">{t(now === true ? "settings.on" : "settings.off")}</span>
      </span>
    );
  }
  if (field.kind === "choice") {
    const options = field.optional ? [UNSET, ...field.choices] : field.choices;
    const at = options.findIndex((one) => one === (now ?? UNSET));
    return (
      <select {...told} value={String(at)} onChange={(event) => onEdit({ value: options[Number(event.target.value)] })}>
        {options.map((one, place) => (
          <option key={String(one)} value={String(place)}>
            {one === UNSET ? t("settings.unset") : known(`settings.choice.${String(one)}`, String(one))}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === "list" || field.kind === "table") {
    return <textarea {...told} className="setting-lines" rows={Math.min(8, Math.max(2, text.split("\n").length + 1))} spellCheck={false} value={text} onChange={(event) => onEdit({ text: event.target.value })} />;
  }
  const number = field.kind === "number" || field.kind === "whole";
  return (
    <span className={field.unit === "" ? "" : "field-unit"}>
      <input
        {...told}
        data-number={number}
        inputMode={field.kind === "whole" ? "numeric" : number ? "decimal" : "text"}
        autoComplete="off"
        spellCheck={false}
        maxLength={number ? 24 : (field.longest ?? 1000)}
        placeholder={field.secret ? t(field.is_set ? "settings.secret.set" : "settings.secret.none") : field.optional ? t("settings.unset") : ""}
        value={text}
        onChange={(event) => onEdit({ text: event.target.value })}
      />
      {field.unit !== "" && <span aria-hidden="true">{unitOf(field.unit)}</span>}
    </span>
  );
}
