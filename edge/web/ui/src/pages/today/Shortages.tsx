/** Facings that hold fewer units than they must, emptiest first. */

import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/States";
import { StockBar } from "../../parts/StockBar";
import { useWords } from "../../words/use";
import "./shortages.css";

export function Shortages() {
  const { t, plural, number } = useWords();
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  const visiting = useSnapshot((snapshot) => snapshot.visit !== null);
  const short = products
    .flatMap((product) => product.places.filter((place) => place.units < place.min_units).map((place) => ({ ...place, name: product.name, gtin: product.gtin })))
    .sort((one, other) => one.units / (one.full_units || 1) - other.units / (other.full_units || 1));
  const stray = products.reduce((sum, product) => sum + product.misplaced, 0);
  return (
    <Card className="today-short" title={t("short.title")} aside={short.length > 0 ? plural("short.count", short.length) : undefined}>
      {short.length === 0 ? (
        <Empty calm title={t("short.none.title")}>
          {t("short.none.words")}
        </Empty>
      ) : (
        <ul className="short">
          {short.map((place) => (
            <li key={`${place.plate} ${place.gtin}`}>
              <b className="short-plate">{place.plate}</b>
              <span className="short-name">{place.name}</span>
              <span className="short-count figure">{t("stock.of", { units: number(place.units), full: number(place.full_units) })}</span>
              <StockBar units={place.units} full={place.full_units} least={place.min_units} />
            </li>
          ))}
        </ul>
      )}
      {stray > 0 && <p className="small short-stray">{plural("short.stray", stray)}</p>}
      {visiting && <p className="small quiet short-stray">{t("stock.asBefore")}</p>}
    </Card>
  );
}
