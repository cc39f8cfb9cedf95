/** Says each screen, each change of the basket and each hint once: to screen readers always, aloud where somebody asked for it. */

import { useEffect, useRef, useState } from "react";
import type { Visit } from "./store";
import { useLine } from "./store";
import type { Words } from "../words/language";
import { useWords } from "../words/use";
import { useGuest } from "./guest";
import { hintWords } from "./hint";
import { basketNews, type Line, type News } from "./news";
import type { Saying } from "./saying";
import type { Screen } from "./screen";
import { say, useVoices, voiceFor } from "./voice";

const CALM_MS = 900; // ms; a basket that has just changed may change again while the plates come to rest
const NO_LINES: Visit["lines"] = [];
const NO_HINTS: Visit["hints"] = [];

export function Aloud({ screen, saying }: { screen: Screen; saying: Saying }) {
  const words = useWords();
  const { voice } = useGuest();
  const speaker = voiceFor(useVoices(), words.language);
  const [told, setTold] = useState("");
  const lines = useLine(({ snapshot }) => snapshot?.visit?.lines ?? NO_LINES);
  const total = useLine(({ snapshot }) => snapshot?.visit?.total_minor ?? 0);
  const currency = useLine(({ snapshot }) => snapshot?.currency ?? "");
  const hints = useLine(({ snapshot }) => snapshot?.visit?.hints ?? NO_HINTS);
  const before = useRef<readonly Line[]>(NO_LINES);
  const hinted = useRef<readonly string[]>([]);
  const sentence = [saying.title, saying.words, ...saying.more].join(" ");

  useEffect(() => setTold(sentence), [sentence]);

  useEffect(() => {
    if (screen !== "shopping" && screen !== "closeDoor") {
      before.current = NO_LINES;
      hinted.current = [];
      return;
    }
    const calm = setTimeout(() => {
      const news = basketNews(before.current, lines);
      before.current = lines;
      const asked = hints.map((hint) => hintWords(hint, words));
      const fresh = asked.filter((one) => !hinted.current.includes(one));
      hinted.current = asked;
      const parts = [...(news === null ? [] : newsWords(news, words.money(total, currency), words)), ...fresh];
      if (parts.length > 0) setTold(parts.join(" "));
    }, CALM_MS);
    return () => clearTimeout(calm);
  }, [screen, lines, hints, total, currency, words]);

  useEffect(() => {
    if (voice && speaker !== null && told !== "") say(told, speaker);
  }, [voice, speaker, told]);

  return (
    <p className="unseen" role="status">
      {told}
    </p>
  );
}

function newsWords({ taken, back }: News, total: string, words: Words): readonly string[] {
  const { t } = words;
  return [
    ...(taken.length > 0 ? [t("kiosk.told.taken", { goods: goods(taken, words) })] : []),
    ...(back.length > 0 ? [t("kiosk.told.back", { goods: goods(back, words) })] : []),
    t("kiosk.told.total", { total }),
  ];
}

const goods = (lines: readonly Line[], words: Words): string => words.list(lines.map((line) => `${words.number(line.quantity)} ${line.name}`));
