/** Asks who does something; knows the last answer. */

import { useWords } from "../words/use";
import { Field } from "./Field";

export function WhoField({ value, problem = null, onChange }: { value: string; problem?: string | null; onChange: (name: string) => void }) {
  const { t } = useWords();
  return (
    <Field
      label={t("who.name")}
      hint={t("who.hint")}
      name="name"
      autoComplete="name"
      maxLength={64}
      required
      value={value}
      problem={problem}
      onChange={(event) => onChange(event.target.value)}
      {...(value === "" ? { "data-first": true } : {})}
    />
  );
}
