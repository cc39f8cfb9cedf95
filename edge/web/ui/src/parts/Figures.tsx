/** Single values as people read them: money, weight, ages, probabilities. */

import { useStoreNow } from "../api/use";
import { useWords } from "../words/use";
import "./figures.css";

/** `minor` units of `currency`. */
export function Money({ minor, currency }: { minor: number; currency: string }) {
  return <span className="figure">{useWords().money(minor, currency)}</span>;
}

/** Grams as they lie there. */
export function Weight({ grams }: { grams: number | null }) {
  return <span className="figure">{useWords().weight(grams)}</span>;
}

/** How long ago `since`, a time of the store's monotonic clock in seconds, was. Counts on by itself. */
export function Age({ since, ago = false }: { since: number; ago?: boolean }) {
  const words = useWords();
  const age = useStoreNow() - since;
  return <span className="figure">{ago ? words.ago(age) : words.span(age)}</span>;
}

/** How long is left until `until`, a time of the store's monotonic clock in seconds. */
export function Left({ until }: { until: number }) {
  const words = useWords();
  return <span className="figure">{words.span(until - useStoreNow())}</span>;
}

/** A share of 0..1 as a bar and in words. */
export function Probability({ value, least = 0.9 }: { value: number; least?: number }) {
  const words = useWords();
  return (
    <span className="probability" data-low={value < least}>
      <span className="probability-bar" aria-hidden="true">
        <i style={{ inlineSize: `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%` }} />
      </span>
      <span className="figure">{words.percent(value)}</span>
    </span>
  );
}
