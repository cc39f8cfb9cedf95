/** What hangs on the pointer. An ornament: what happens is said in words. */

import { Icon } from "../../parts/Icon";
import { useDesk } from "./desk";

export function Ghost() {
  const { hand, nameOf } = useDesk();
  if (hand.carried === null || !hand.dragged) return null;
  return (
    <div className="planogram-ghost" ref={hand.ghost} aria-hidden="true">
      <Icon name="product" size={18} /> {nameOf(hand.carried.gtin)}
    </div>
  );
}
