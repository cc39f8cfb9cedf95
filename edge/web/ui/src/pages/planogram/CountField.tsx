/** A small whole number in place: taken when it is left or with Enter, one more or less with the arrow keys, put back with Escape. */

import { type KeyboardEvent, useId, useState } from "react";
import { useWords } from "../../words/use";

interface Props {
  label: string;
  /** What it is about, for those who listen. */
  about: string;
  /** null: empty, which the store fills by itself as `placeholder` says. */
  value: number | null;
  placeholder?: string;
  least: number;
  most: number;
  onValue: (value: number | null) => void;
}

export function CountField({ label, about, value, placeholder, least, most, onValue }: Props) {
  const { t, number } = useWords();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (value === null ? "" : String(value));
  const told = text.trim() === "" && placeholder !== undefined ? null : /^\d{1,4}$/.test(text.trim()) ? Number(text) : Number.NaN;
  const wrong = told !== null && !(told >= least && told <= most);
  const take = (): void => {
    if (wrong) return;
    setTyped(null);
    if (typed !== null && told !== value) onValue(told);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (event.key === "Enter") take();
    else if (event.key === "Escape") setTyped(null);
    else if (step !== 0) {
      event.preventDefault();
      setTyped(null);
      onValue(Math.min(most, Math.max(least, (wrong ? (value ?? least) : (told ?? Number(placeholder ?? least))) + step)));
    }
  };
  return (
    <span className="count-field" data-wrong={wrong}>
      <label htmlFor={id}>
        {label} <span className="unseen">{about}</span>
      </label>
      <input
        id={id}
        inputMode="numeric"
        autoComplete="off"
        maxLength={4}
        value={text}
        placeholder={placeholder}
        aria-invalid={wrong}
        aria-describedby={`${id}-range`}
        onChange={(event) => setTyped(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={take}
        onKeyDown={onKey}
      />
      <span id={`${id}-range`} className={wrong ? "count-field-wrong" : "unseen"}>
        {t("planogram.range", { least: number(least), most: number(most) })}
      </span>
    </span>
  );
}
