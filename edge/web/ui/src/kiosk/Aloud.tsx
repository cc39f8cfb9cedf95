/** Says each screen and each change of the basket once: to screen readers always, aloud where somebody asked for it. */

import { useEffect, useRef, useState } from "react";
import type { Visit } from "../api/store";
import { useLine } from "../api/use";
import type { Words } from "../words/language";
import { useWords } from "../words/use";
import { useGuest } from "./guest";
import { basketNews, type Line } from "./news";
import type { Saying } from "./saying";
import type { Screen } from "./screen";
import { say, useVoices, voiceFor } from "./voice";

const CALM_MS = 900; // ms; a basket that has just changed may change again while the plates come to rest
const NO_LINES: Visit["lines"] = [];

export function Aloud({ screen, saying }: { screen: Screen; saying: Saying }) {
  const words = useWords();
  const { voice } = useGuest();
  const speaker = voiceFor(useVoices(), words.language);
  const [told, setTold] = useState("");
  const lines = useLine(({ snapshot }) => snapshot?.visit?.lines ?? NO_LINES);
  const total = useLine(({ snapshot }) => snapshot?.visit?.total_minor ?? 0);
  const currency = useLine(({ snapshot }) => snapshot?.currency ?? "");
  const before = useRef<readonly Line[]>(NO_LINES);
  const sentence = [saying.title, saying.words, ...saying.more].join(" ");

  useEffect(() => setTold(sentence), [sentence]);

  useEffect(() => {
    if (screen !== "shopping" && screen !== "closeDoor") {
      before.current = NO_LINES;
      return;
    }
    const calm = setTimeout(() => {
      const news = basketNews(before.current, lines);
      before.current = lines;
      if (news === null) return;
      const sum = words.money(total, currency);
      const parts = [news.taken.length > 0 && words.t("kiosk.told.taken", { goods: goods(news.taken, words) }), news.back.length > 0 && words.t("kiosk.told.back", { goods: goods(news.back, words) })];
      setTold([...parts.filter((part) => part !== false), words.t("kiosk.told.total", { total: sum })].join(" "));
    }, CALM_MS);
    return () => clearTimeout(calm);
  }, [screen, lines, total, currency, words]);

  useEffect(() => {
    if (voice && speaker !== null && told !== "") say(told, speaker);
  }, [voice, speaker, told]);

  return (
    <p className="unseen" role="status">
      {told}
    </p>
  );
}

const goods = (lines: readonly Line[], words: Words): string => words.list(lines.map((line) => `${words.number(line.quantity)} ${line.name}`));
