/** Language and look, to be chosen anywhere. */

import { Choice } from "../parts/Choice";
import { Icon, type IconName } from "../parts/Icon";
import { chooseTheme, type Theme, THEMES, useTheme } from "../styles/theme";
import { languageName, languages, speak, useWords } from "../words/use";

const MARKS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };

export function LanguageChoice() {
  const { t, language } = useWords();
  const options = languages.map((tag) => ({ value: tag, words: <span lang={tag}>{languageName(tag)}</span> }));
  return <Choice label={t("shell.language")} options={options} value={language} onChoose={(tag) => void speak(tag)} />;
}

export function ThemeChoice() {
  const { t } = useWords();
  const theme = useTheme();
  const options = THEMES.map((value) => ({
    value,
    words: (
      <>
        <Icon name={MARKS[value]} size={16} />
        <b className="unseen">{t(`theme.${value}`)}</b>
      </>
    ),
  }));
  return <Choice label={t("shell.theme")} options={options} value={theme} onChoose={chooseTheme} />;
}
