/** What the parts of the editor share: the plan under somebody's hands, and what they do to it. */

import { createContext, useContext } from "react";
import type { Goods, Product } from "../../api/goods";
import type { Alike } from "./alike";
import type { Facing, Load, Plan } from "./plan";
import type { Hand } from "./useHand";

export interface Desk {
  readonly goods: Goods;
  readonly products: ReadonlyMap<string, Product>;
  readonly plan: Plan;
  readonly load: Load;
  readonly alike: readonly Alike[];
  readonly hand: Hand;
  /** `words`: what was done, for those who listen. */
  readonly change: (plan: Plan, words: string) => void;
  readonly setFacing: (facing: Facing, words: string) => void;
  readonly nameOf: (gtin: string) => string;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error("a part of the planogram was drawn without its editor");
  return desk;
}
