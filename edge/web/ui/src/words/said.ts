/** What the store says by code, with values for the holes of its sentence, in the reader's words; its own words where there is no code. Pure. */

import type { Said } from "../api/store";
import { filled, type Words } from "./language";

export function detailOf({ known, t }: Pick<Words, "known" | "t">, said: Said | null, fallback: string): string {
  if (said === null) return fallback;
  const sentence = known(`detail.${said.code}.words`, "");
  if (sentence === "") return fallback;
  const words = filled(sentence, said.values);
  return said.more === "" ? words : t("said.more", { words, more: said.more });
}
