/** The basket as the plates see it now, and a hint when something stands in the wrong place. */

import { useLine } from "./store";
import { Icon } from "../parts/Icon";
import { useWords } from "../words/use";
import { Goods } from "./Goods";
import { hintWords } from "./hint";

export function Basket() {
  const words = useWords();
  const { t } = words;
  const visit = useLine(({ snapshot }) => snapshot?.visit ?? null);
  if (visit === null || visit.role !== "shopper") return null;
  return (
    <section className="kiosk-list" aria-label={t("kiosk.basket")}>
      {visit.hints.map((hint) => (
        <p key={`${hint.code} ${hint.plate}`} className="kiosk-hint">
          <Icon name="warning" size={28} />
          <span>{hintWords(hint, words)}</span>
        </p>
      ))}
      {visit.lines.length === 0 ? (
        <p className="kiosk-empty">{t("kiosk.basket.empty")}</p>
      ) : (
        <Goods label={t("kiosk.basket")} lines={visit.lines} total={visit.total_minor} limit={visit.limit_minor} />
      )}
    </section>
  );
}
