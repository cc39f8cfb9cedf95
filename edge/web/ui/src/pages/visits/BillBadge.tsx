/** How a visit ended, in a word. */

import type { Outcome } from "../../api/store";
import { Badge, type Tone } from "../../parts/Badge";
import { useWords } from "../../words/use";

const TONES: Record<Outcome, Tone> = { billed: "good", review: "warn", nothing_taken: "plain", staff: "note", not_opened: "plain", refused: "plain" };

export function BillBadge({ outcome }: { outcome: Outcome }) {
  const { t } = useWords();
  return <Badge tone={TONES[outcome]}>{t(`outcome.${outcome}`)}</Badge>;
}
