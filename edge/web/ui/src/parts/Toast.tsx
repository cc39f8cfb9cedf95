/** What came of something that was just done, in one sentence that goes away by itself. */

import { useSyncExternalStore } from "react";
import { useWords } from "../words/use";
import { Icon, type IconName } from "./Icon";
import "./toast.css";

type ToastTone = "good" | "bad" | "note";
interface Told {
  readonly number: number;
  readonly words: string;
  readonly tone: ToastTone;
}

const STAYS_MS = 6000; // ms; long enough to read a sentence twice
const MARKS: Record<ToastTone, IconName> = { good: "check", bad: "critical", note: "notice" };
const listeners = new Set<() => void>();
let told: readonly Told[] = [];
let last = 0;

/** Say `words`. Bad news stays until it is put away. */
export function toast(words: string, tone: ToastTone = "good"): void {
  const number = (last += 1);
  tell([...told.slice(-2), { number, words, tone }]);
  if (tone !== "bad") setTimeout(() => putAway(number), STAYS_MS);
}

export function Toasts() {
  const { t } = useWords();
  const all = useSyncExternalStore(subscribe, () => told);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {all.map(({ number, words, tone }) => (
        <p key={number} className="toast" data-tone={tone}>
          <Icon name={MARKS[tone]} />
          <span>{words}</span>
          <button type="button" aria-label={t("act.close")} onClick={() => putAway(number)}>
            <Icon name="close" size={16} />
          </button>
        </p>
      ))}
    </div>
  );
}

function putAway(number: number): void {
  tell(told.filter((one) => one.number !== number));
}

function tell(next: readonly Told[]): void {
  told = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
