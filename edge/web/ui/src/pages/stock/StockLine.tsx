/** One product: units of full, where they stand, what one of them weighs. */

import type { StockRow } from "../../api/store";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { StockBar } from "../../parts/StockBar";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { leastOf, levelOf } from "./shelves";

export function StockLine({ row, onTeach }: { row: StockRow; onTeach: (gtin: string) => void }) {
  const { t, number, exact, plural } = useWords();
  const may = useMay();
  const level = levelOf(row);
  return (
    <li className="stock-line" data-level={level}>
      <div className="stock-what">
        <p className="stock-name balanced">{row.name}</p>
        <p className="quiet small">{row.gtin}</p>
      </div>
      <div className="stock-count">
        <p className="stock-units">
          <span>{t("stock.of", { units: number(row.units), full: number(row.full_units) })}</span>
          {level === "none" && <Badge tone="bad">{t("stock.soldOut")}</Badge>}
          {level === "short" && <Badge tone="warn">{t("stock.short")}</Badge>}
        </p>
        <StockBar units={row.units} full={row.full_units} least={leastOf(row)} />
      </div>
      <ul className="stock-places" aria-label={t("stock.places")}>
        {row.places.map((place) => (
          <li key={place.plate} data-level={place.full_units === 0 ? "stray" : place.units < place.min_units ? "short" : "well"}>
            <b>{place.plate}</b>
            {place.full_units === 0
              ? ` ${t("stock.stray", { units: number(place.units) })}`
              : row.places.length > 1 && ` ${t("stock.of", { units: number(place.units), full: number(place.full_units) })}`}
          </li>
        ))}
      </ul>
      <div className="stock-weight small">
        <p>
          <span className="quiet">{t("stock.catalogue")}</span> <span className="figure">{exact(row.catalogue_g)}</span>
        </p>
        {row.learned_g !== null && (
          <p>
            <span className="quiet">{t("stock.learned")}</span>{" "}
            <span className="figure">
              {exact(row.learned_g)}
              {row.learned_sd_g !== null && ` ± ${exact(row.learned_sd_g)}`}
            </span>{" "}
            <span className="figure quiet">{plural("stock.weighed", row.weighed_units)}</span>
          </p>
        )}
      </div>
      {may("stock") && (
        <Button kind="quiet" icon="weight" className="stock-teach" aria-label={t("teach.of", { product: row.name })} title={t("teach.title")} onClick={() => onTeach(row.gtin)} />
      )}
    </li>
  );
}
