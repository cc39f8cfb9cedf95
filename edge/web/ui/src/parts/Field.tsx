/** One input with its label, what to enter, and what is wrong with it, tied together for those who listen. */

import { useId, type InputHTMLAttributes } from "react";
import "./field.css";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
  problem?: string | null;
}

export function Field({ label, hint, problem = null, ...rest }: Props) {
  const id = useId();
  const told = [hint === undefined ? null : `${id}-hint`, problem === null ? null : `${id}-problem`].filter((one) => one !== null).join(" ");
  return (
    <div className="field" data-wrong={problem !== null}>
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-invalid={problem !== null} {...(told === "" ? {} : { "aria-describedby": told })} {...rest} />
      {hint !== undefined && <p id={`${id}-hint`} className="quiet small">{hint}</p>}
      {problem !== null && <p id={`${id}-problem`} className="field-problem small" role="alert">{problem}</p>}
    </div>
  );
}
