/** Language, large print and a voice: big, always in the same place, within reach of a hand that cannot go high. */

import { languageName, languages, useWords } from "../words/use";
import { chooseLanguage, choosePrint, chooseVoice, useGuest } from "./guest";
import { useVoices, voiceFor } from "./voice";

export function Comfort() {
  const { t, language } = useWords();
  const guest = useGuest();
  const voices = useVoices();
  return (
    <footer className="kiosk-comfort">
      <div className="kiosk-languages" role="group" aria-label={t("shell.language")}>
        {languages.map((tag) => (
          <button key={tag} type="button" lang={tag} aria-pressed={tag === language} onClick={() => chooseLanguage(tag)}>
            {languageName(tag)}
          </button>
        ))}
      </div>
      <div className="kiosk-helps">
        <button type="button" aria-pressed={guest.large} onClick={() => choosePrint(!guest.large)}>
          <b aria-hidden="true">A</b>
          {t("kiosk.large")}
        </button>
        {voiceFor(voices, language) !== null && (
          <button type="button" aria-pressed={guest.voice} onClick={() => chooseVoice(!guest.voice)}>
            <svg className="icon" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
              <path d="M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4.200 4.200 0 0 1 0 6M18 6.500a7.800 7.800 0 0 1 0 11" />
            </svg>
            {t("kiosk.voice")}
          </button>
        )}
      </div>
    </footer>
  );
}
