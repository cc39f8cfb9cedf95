/** The sections of the settings by what they are about: a list beside them, a choice on a phone. */

import { Select } from "../../parts/Select";
import { useWords } from "../../words/use";
import type { Edited } from "./edits";
import type { Group } from "./finding";
import { useSettingWords } from "./useSettingWords";

interface Props {
  groups: readonly Group[];
  /** null: what was searched for is shown. */
  current: string | null;
  edited: readonly Edited[];
  onChoose: (section: string) => void;
}

export function SectionList({ groups, current, edited, onChoose }: Props) {
  const { t, known, number, plural } = useWords();
  const { sectionOf } = useSettingWords();
  const countOf = (section: string): number => edited.filter(({ spot }) => spot.section === section).length;
  const options = groups.flatMap(({ sections }) => sections.map(({ section }) => ({ value: section, words: countOf(section) === 0 ? sectionOf(section) : `${sectionOf(section)} (${number(countOf(section))})` })));
  return (
    <>
      <div className="settings-choice">
        <Select label={t("settings.section")} options={options} value={current ?? ""} onChoose={onChoose} />
      </div>
      <nav className="settings-list" aria-label={t("settings.section")}>
        {groups.map(({ group, sections }) => (
          <div key={group}>
            <p className="label" id={`settings-${group}`}>
              {known(`settings.group.${group}`, group)}
            </p>
            <ul aria-labelledby={`settings-${group}`}>
              {sections.map(({ section }) => (
                <li key={section}>
                  <button type="button" {...(section === current ? { "aria-current": "page" as const } : {})} onClick={() => onChoose(section)}>
                    {sectionOf(section)}
                    {countOf(section) > 0 && (
                      <span className="settings-count">
                        <span aria-hidden="true">{number(countOf(section))}</span>
                        <span className="unseen">{plural("planogram.changes", countOf(section))}</span>
                      </span>
                    )}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </>
  );
}
