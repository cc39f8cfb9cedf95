/** What the store believes that a restocker has laid out on a plate, beside what the plan says: taken over or not, one by one. */

import { useState } from "react";
import { Button } from "../../parts/Button";
import { useWords } from "../../words/use";
import { useDesk } from "./desk";
import { laidOut } from "./editing";
import { facingOf } from "./plan";

export function LaidOut({ plate }: { plate: string }) {
  const { t, number } = useWords();
  const { goods, plan, change } = useDesk();
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const open = goods.proposal.filter((one) => one.plate === plate && !dismissed.has(one.gtin) && (facingOf(plan, plate, one.gtin)?.count ?? 0) !== one.count);
  return open.map((one) => {
    const told =
      one.count === 0
        ? t("planogram.laid.gone", { was: number(one.was) })
        : one.was === 0
          ? t("planogram.laid.new", { count: number(one.count) })
          : t("planogram.laid.other", { count: number(one.count), was: number(one.was) });
    return (
      <div key={one.gtin} className="laid-out">
        <p className="facing-name balanced">{one.name}</p>
        <p className="small">{told}</p>
        <div className="laid-out-acts">
          <Button
            aria-label={t("planogram.laid.take.of", { product: one.name, plate })}
            onClick={() => change(laidOut(plan, one), t("planogram.said.taken", { product: one.name, plate }))}
          >
            {t("product.takeOver")}
          </Button>
          <Button kind="quiet" aria-label={t("planogram.laid.dismiss.of", { product: one.name, plate })} onClick={() => setDismissed((now) => new Set([...now, one.gtin]))}>
            {t("planogram.laid.dismiss")}
          </Button>
        </div>
      </div>
    );
  });
}
