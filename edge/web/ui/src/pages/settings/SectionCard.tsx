/** One section of the settings, or each of its rows where there may be several. */

import type { Section } from "../../api/settings";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { type Edit, edited, type Edits, keyOf, keptOf } from "./edits";
import { rowName } from "./finding";
import type { Problems } from "./problems";
import { SettingRow } from "./SettingRow";
import { useSettingWords } from "./useSettingWords";

interface Props {
  section: Section;
  edits: Edits;
  problems: Problems;
  onEdits: (next: (now: Edits) => Edits) => void;
}

export function SectionCard({ section, edits, problems, onEdits }: Props) {
  const { t, known } = useWords();
  const { sectionOf } = useSettingWords();
  const rows = section.many ? section.rows.map((row, place) => ({ row, place })) : [];
  const fieldsOf = (place: number | null) => (
    <ul className="settings-fields">
      {section.fields.map((field) => {
        const key = keyOf({ section: section.section, row: place, field: field.field });
        return (
          <SettingRow
            key={key}
            section={section.section}
            place={place}
            field={field}
            kept={keptOf(section, place, field)}
            edit={edits.get(key)}
            problem={problems.get(key) ?? null}
            fixed={!section.changeable || field.applies === "never"}
            onEdit={(edit: Edit) => onEdits((now) => edited(now, section, place, field, edit))}
          />
        );
      })}
    </ul>
  );
  return (
    <Card flush title={sectionOf(section.section)} aside={section.origin === "changed" ? <Badge tone="note">{t("settings.origin.changed")}</Badge> : undefined}>
      <p className="settings-about small quiet">{known(`settings.about.${section.section}`, section.description)}</p>
      {problems.has("") && <p className="settings-about settings-wrong small">{problems.get("")}</p>}
      {!section.changeable && <p className="settings-about small quiet">{t("settings.never")}</p>}
      {section.many && section.changeable && <p className="settings-about small quiet">{t("settings.rows")}</p>}
      {!section.many ? (
        fieldsOf(null)
      ) : rows.length === 0 ? (
        <Empty icon="question" title={t("settings.rows.none")} />
      ) : (
        rows.map(({ row, place }) => (
          <details key={rowName(row, place)} className="settings-row" data-edited={[...edits.keys()].some((key) => key.startsWith(`${section.section}[${place}].`))}>
            <summary>
              <b>{rowName(row, place)}</b> <span className="small quiet">{aside(row)}</span>
            </summary>
            {fieldsOf(place)}
          </details>
        ))
      )}
    </Card>
  );
}

/** What else tells one row from another. */
function aside(row: Readonly<Record<string, unknown>>): string {
  return ["product", "url", "lock", "device"].flatMap((key) => (typeof row[key] === "string" ? [row[key]] : [])).slice(0, 1).join("");
}
