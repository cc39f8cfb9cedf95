/** How long is left, as a bar and in words. */

import { useStoreNow } from "./store";
import { useWords } from "../words/use";

type Left = "kiosk.left.open" | "kiosk.left.shop" | "kiosk.left.close" | "kiosk.left.receipt";

/** `since` and `until`: times of the store's monotonic clock in seconds. */
export function Countdown({ since, until, words }: { since: number; until: number; words: Left }) {
  const { t, span } = useWords();
  const left = Math.max(0, until - useStoreNow());
  const share = until > since ? Math.min(1, left / (until - since)) : 0;
  return (
    <div className="kiosk-left" role="timer">
      <span className="kiosk-left-bar" aria-hidden="true">
        <i style={{ inlineSize: `${share * 100}%` }} />
      </span>
      <span>{t(words, { left: span(left) })}</span>
    </div>
  );
}
