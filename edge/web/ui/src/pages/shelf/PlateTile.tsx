/** One plate: what it weighs, what stands on it, how it is. */

import { memo } from "react";
import type { Content, Plate } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Money, Weight } from "../../parts/Figures";
import { StockBar } from "../../parts/StockBar";
import { detailOf } from "../../words/said";
import { useWords } from "../../words/use";
import { ConditionBadge } from "./ConditionBadge";
import "./plate-tile.css";

const MOST_PIPS = 30; // units that are drawn one by one; beyond that a bar tells more

export const PlateTile = memo(function PlateTile({ name }: { name: string }) {
  const plate = useSnapshot((snapshot) => snapshot.plates.find((one) => one.plate === name));
  return plate === undefined ? null : <Tile plate={plate} />;
});

function Tile({ plate }: { plate: Plate }) {
  const words = useWords();
  const { t } = words;
  const contents = plate.contents.filter((content) => content.units > 0 || content.full_units > 0);
  const share = plate.grams === null || plate.rated_g <= 0 ? 0 : Math.min(1, Math.max(0, plate.grams / plate.rated_g));
  return (
    <li className="plate" data-condition={plate.condition}>
      <p className="plate-head">
        <b className="plate-name">{plate.plate}</b>
        <ConditionBadge plate={plate} />
      </p>
      {contents.length === 0 ? <p className="quiet small">{t("plate.empty")}</p> : contents.map((content) => <Goods key={content.gtin} plate={plate.plate} content={content} />)}
      {plate.detail !== null && <p className="small plate-detail">{detailOf(words, plate.said, plate.detail)}</p>}
      <p className="plate-foot">
        <span className="plate-grams">
          <Weight grams={plate.grams} />
        </span>
        <span className="plate-load" aria-hidden="true">
          <i style={{ inlineSize: `${share * 100}%` }} />
        </span>
      </p>
    </li>
  );
}

function Goods({ plate, content }: { plate: string; content: Content }) {
  const { t, number } = useWords();
  const currency = useSnapshot((snapshot) => snapshot.currency);
  const least = useSnapshot((snapshot) => snapshot.stock.products.find((one) => one.gtin === content.gtin)?.places.find((one) => one.plate === plate)?.min_units ?? 0);
  const stray = content.full_units === 0;
  const drawn = Math.max(content.units, content.full_units);
  const level = stray ? "stray" : content.units < least ? "low" : "well";
  return (
    <div className="goods" data-level={level}>
      <p className="goods-name balanced">{content.name}</p>
      {drawn <= MOST_PIPS ? (
        <span className="pips" aria-hidden="true">
          {Array.from({ length: drawn }, (_, place) => (
            <i key={place} data-there={place < content.units} />
          ))}
        </span>
      ) : (
        <StockBar units={content.units} full={content.full_units} least={least} />
      )}
      <p className="goods-foot small">
        <span className="goods-count">
          {stray ? t("stock.stray", { units: number(content.units) }) : t("stock.of", { units: number(content.units), full: number(content.full_units) })}
          {level === "low" && <b> · {t("stock.short")}</b>}
        </span>
        <span className="quiet">
          <Money minor={content.price_minor} currency={currency} />
        </span>
      </p>
    </div>
  );
}
