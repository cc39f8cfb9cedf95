/** One input with its label, what to enter, and what is wrong with it, tied together for those who listen. */

import { useId, type InputHTMLAttributes } from "react";
import "./field.css";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
  problem?: string | null;
  /** What the number counts, such as g or %, shown behind it. */
  unit?: string;
}

export function Field({ label, hint, problem = null, unit, ...rest }: Props) {
  const id = useId();
  const told = [unit && `${id}-unit`, hint && `${id}-hint`, problem !== null && `${id}-problem`].filter(Boolean).join(" ");
  const input = <input id={id} aria-invalid={problem !== null} {...(told === "" ? {} : { "aria-describedby": told })} {...rest} />;
  return (
    <div className="field" data-wrong={problem !== null}>
      <label htmlFor={id}>{label}</label>
      {unit === undefined ? (
        input
      ) : (
        <span className="field-unit">
          {input}
          <span id={`${id}-unit`}>{unit}</span>
        </span>
      )}
      {hint !== undefined && <p id={`${id}-hint`} className="quiet small">{hint}</p>}
      {problem !== null && <p id={`${id}-problem`} className="field-problem small" role="alert">{problem}</p>}
    </div>
  );
}
