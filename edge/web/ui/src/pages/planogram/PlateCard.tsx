/** One plate: what is to stand on it, what that weighs, and where goods can be put down. */

import type { PlateRow } from "../../api/goods";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { useDesk } from "./desk";
import { FacingCard } from "./FacingCard";
import { loadOf, onPlate } from "./plan";
import { LaidOut } from "./LaidOut";
import type { Carried } from "./useHand";
import "../shelf/plate-tile.css";

interface Props {
  plate: PlateRow;
  carried: Carried | null;
  over: boolean;
  onPut: (plate: string) => void;
}

export function PlateCard({ plate: { plate, rated_g: ratedG }, carried, over, onPut }: Props) {
  const { t, list, weight } = useWords();
  const { plan, load, nameOf } = useDesk();
  const facings = onPlate(plan, plate);
  const fullG = loadOf(plan, plate, load);
  const heavy = fullG > ratedG;
  const act = t(carried?.from === plate ? "planogram.leaveHere" : "planogram.here", { plate });
  return (
    <li className="plate planogram-plate" data-plate={plate} data-over={over} data-heavy={heavy}>
      <p className="plate-head">
        <b className="plate-name">{plate}</b>
        <span className="small quiet figure">{t("planogram.load", { full: weight(fullG), rated: weight(ratedG) })}</span>
      </p>
      <div className="planogram-facings">
        {facings.map((facing) => (
          <FacingCard key={facing.gtin} facing={facing} />
        ))}
        <LaidOut plate={plate} />
        {facings.length === 0 && <p className="quiet small planogram-empty">{t("plate.empty")}</p>}
      </div>
      {heavy && (
        <p className="small planogram-heavy">
          <Icon name="critical" size={16} /> {t("planogram.heavy")}
        </p>
      )}
      {carried !== null && (
        <button
          type="button"
          className="planogram-target"
          data-target={plate}
          aria-label={t("planogram.putHere", { act, product: nameOf(carried.gtin), goods: facings.length === 0 ? t("plate.empty") : list(facings.map(({ gtin }) => nameOf(gtin))) })}
          onClick={() => onPut(plate)}
        >
          <span>{act}</span>
        </button>
      )}
    </li>
  );
}
