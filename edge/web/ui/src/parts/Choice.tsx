/** One of a few, all of them in sight. */

import { useId, type ReactNode } from "react";
import "./choice.css";

interface Props<T extends string> {
  label: string;
  options: readonly { readonly value: T; readonly words: ReactNode }[];
  value: T;
  onChoose: (value: T) => void;
  /** The label is only for those who listen. */
  silent?: boolean;
}

export function Choice<T extends string>({ label, options, value, onChoose, silent = false }: Props<T>) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend className={silent ? "unseen" : "label"}>{label}</legend>
      <div className="choice-row">
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChoose(option.value)} />
            <span>{option.words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
