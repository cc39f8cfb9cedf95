/** What a shopper is asked to do while the door is open, in their language. Pure. */

import type { Visit } from "./store";
import type { Words } from "../words/language";

type Hint = Visit["hints"][number];

export function hintWords(hint: Hint, { t, known, list }: Words): string {
  if (hint.code === "misplaced" && hint.product !== null && hint.plate !== null) {
    const values = { product: hint.product, plate: hint.plate };
    return hint.homes.length === 0 ? t("kiosk.hint.misplaced.somewhere", values) : t("kiosk.hint.misplaced.home", { ...values, home: list(hint.homes) });
  }
  return known(`kiosk.hint.${hint.code}`, hint.words);
}
