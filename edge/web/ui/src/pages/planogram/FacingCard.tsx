/** One product on one plate: how many of it when full, from when on it is short, and the grip by which it is moved. */

import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { CountField } from "./CountField";
import { useDesk } from "./desk";
import { type Facing, MOST_UNITS, quarter, remove } from "./plan";
import "./facing.css";

export function FacingCard({ facing }: { facing: Facing }) {
  const { t, number, list } = useWords();
  const { plan, hand, goods, alike, nameOf, change, setFacing } = useDesk();
  const { plate, gtin, count, shortBelow } = facing;
  const product = nameOf(gtin);
  const carried = hand.carried?.gtin === gtin && hand.carried.from === plate;
  const twins = alike.filter((one) => (one.gtin === gtin && one.plate === plate) || (one.other === gtin && one.otherPlate === plate));
  const now = goods.facings.find((one) => one.plate === plate && one.gtin === gtin)?.units;
  const what = { gtin, from: plate };
  return (
    <div className="facing" data-carried={carried} data-twin={twins.length > 0} onPointerDown={(event) => hand.press(event, what)}>
      <div className="facing-head">
        <button type="button" className="facing-grip" data-grip data-drag data-pick={`${plate} ${gtin}`} aria-label={t("planogram.move", { product, plate })} onClick={() => hand.pick(what)}>
          <Icon name="grip" size={16} />
        </button>
        <p className="facing-name balanced">{product}</p>
        <Button
          kind="quiet"
          icon="close"
          className="facing-off"
          aria-label={t("planogram.off", { product, plate })}
          title={t("planogram.takeOff")}
          onClick={() => change(remove(plan, plate, gtin), t("planogram.said.removed", { product, plate }))}
        />
      </div>
      <div className="facing-counts">
        <CountField
          label={t("planogram.full")}
          about={t("planogram.about", { product, plate })}
          value={count}
          least={1}
          most={MOST_UNITS}
          onValue={(value) => {
            const least = shortBelow === null ? null : Math.min(shortBelow, value ?? 1);
            setFacing({ ...facing, count: value ?? 1, shortBelow: least }, t("planogram.said.count", { product, plate, count: number(value ?? 1) }));
          }}
        />
        <CountField
          label={t("planogram.short")}
          about={t("planogram.about", { product, plate })}
          value={shortBelow}
          placeholder={number(quarter(count))}
          least={0}
          most={count}
          onValue={(value) => setFacing({ ...facing, shortBelow: value }, t("planogram.said.short", { product, plate, count: number(value ?? quarter(count)) }))}
        />
        <p className="facing-now">{now === undefined ? "" : t("planogram.now", { units: number(now) })}</p>
      </div>
      {twins.length > 0 && (
        <p className="small facing-twin">
          <Icon name="warning" size={16} />
          {t("planogram.twin", { others: list(twins.map((one) => (one.gtin === gtin && one.plate === plate ? `${nameOf(one.other)} (${one.otherPlate})` : `${nameOf(one.gtin)} (${one.plate})`))) })}
        </p>
      )}
    </div>
  );
}
