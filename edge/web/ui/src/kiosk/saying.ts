/** What each screen says, in the reader's language: shown large, read aloud, told to screen readers. */

import { useLine } from "./store";
import type { Words } from "../words/language";
import { useWords } from "../words/use";
import { adviceOf, whyClosed } from "./advice";
import { useEntryCode } from "./EntryCode";
import { receiptOf, type Screen } from "./screen";
import { useSeen } from "./useScreen";

export interface Saying {
  readonly title: string;
  readonly words: string;
  /** Why, and what to do: a sentence each. */
  readonly more: readonly string[];
}

const NONE: readonly never[] = [];

export function useSaying(screen: Screen): Saying {
  const words = useWords();
  const { t, known } = words;
  const seen = useSeen();
  const refusal = useLine(({ snapshot }) => snapshot?.refusal ?? null);
  const closedBy = useLine(({ snapshot }) => snapshot?.closed_by ?? NONE);
  const receipt = useLine(({ snapshot }) => (snapshot === null ? null : receiptOf(snapshot, seen)));
  const currency = useLine(({ snapshot }) => snapshot?.currency ?? "");
  const scanning = useEntryCode() !== null;
  const inside = seen.visit !== null && seen.endedS === null;
  const plain: Saying = { title: t(`kiosk.${screen}.title`), words: t(`kiosk.${screen}.words`), more: [] };
  switch (screen) {
    case "welcome":
      return scanning ? { ...plain, words: t("kiosk.welcome.scan") } : plain;
    case "refused":
      return refusal === null ? plain : { ...plain, words: known(`refusal.${refusal.code}`, refusal.words), more: [t(`kiosk.advice.${adviceOf(refusal.code)}`)] };
    case "closed":
      return { ...plain, more: whyClosed(closedBy).map((reason) => t(`kiosk.why.${reason}`)) };
    case "cut":
      return inside ? { ...plain, words: t("kiosk.cut.inside") } : plain;
    case "receipt":
      return receipt === null ? plain : { ...plain, words: paid(receipt.status === "provisional", words.money(receipt.total_minor, currency), words) };
    default:
      return plain;
  }
}

const paid = (provisional: boolean, total: string, { t }: Words): string => (provisional ? t("kiosk.receipt.review") : t("kiosk.receipt.final", { total }));
