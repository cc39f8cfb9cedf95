/** Somebody else has saved a planogram while this one was being changed: both are shown, and mine is put on top of theirs or given up. */

import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { useWords } from "../../words/use";
import { DifferenceList } from "./DifferenceList";
import { rebased } from "./differences";
import type { Plan } from "./plan";

interface Props {
  base: Plan;
  mine: Plan;
  theirs: Plan;
  onMine: () => void;
  onTheirs: () => void;
}

export function Meanwhile({ base, mine, theirs, onMine, onTheirs }: Props) {
  const { t } = useWords();
  const both = new Set(rebased(base, mine, theirs).both.map(({ plate, gtin }) => `${plate} ${gtin}`));
  return (
    <div role="alert">
      <Card title={t("planogram.meanwhile.title")} className="planogram-meanwhile">
        <p className="small">{t(both.size === 0 ? "planogram.meanwhile.words" : "planogram.meanwhile.both")}</p>
        <div className="planogram-meanwhile-both">
          <section aria-label={t("planogram.meanwhile.theirs")}>
            <h3>{t("planogram.meanwhile.theirs")}</h3>
            <DifferenceList before={base} after={theirs} marked={both} />
          </section>
          <section aria-label={t("planogram.meanwhile.mine")}>
            <h3>{t("planogram.meanwhile.mine")}</h3>
            <DifferenceList before={base} after={mine} marked={both} />
          </section>
        </div>
        <div className="form-acts">
          <Button onClick={onTheirs}>{t("planogram.meanwhile.take")}</Button>
          <Button kind="primary" onClick={onMine}>
            {t("planogram.meanwhile.onTop")}
          </Button>
        </div>
      </Card>
    </div>
  );
}
