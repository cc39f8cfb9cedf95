/** One of many, chosen from a list that the device itself shows. */

import { useId, type SelectHTMLAttributes } from "react";
import "./field.css";

interface Props extends Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange"> {
  label: string;
  hint?: string;
  options: readonly { readonly value: string; readonly words: string }[];
  onChoose: (value: string) => void;
}

export function Select({ label, hint, options, onChoose, ...rest }: Props) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} onChange={(event) => onChoose(event.target.value)} {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })} {...rest}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="quiet small">
          {hint}
        </p>
      )}
    </div>
  );
}
