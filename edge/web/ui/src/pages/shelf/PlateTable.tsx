/** The plates as rows: the same as the picture, for those who compare figures. */

import type { Plate } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Weight } from "../../parts/Figures";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import { ConditionBadge } from "./ConditionBadge";

export function PlateTable() {
  const { t, number } = useWords();
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const columns: Column<Plate>[] = [
    { head: t("plate.name"), cell: (plate) => <b>{plate.plate}</b> },
    { head: t("plate.goods"), cell: (plate) => plate.contents.map((content) => <p key={content.gtin}>{content.name}</p>) },
    {
      head: t("plate.units"),
      end: true,
      cell: (plate) =>
        plate.contents.map(({ gtin, units, full_units: full }) => (
          <p key={gtin}>{full === 0 ? t("stock.stray", { units: number(units) }) : t("stock.of", { units: number(units), full: number(full) })}</p>
        )),
    },
    { head: t("plate.weight"), end: true, cell: (plate) => <Weight grams={plate.grams} /> },
    { head: t("plate.rated"), end: true, cell: (plate) => <Weight grams={plate.rated_g} /> },
    { head: t("plate.condition"), cell: (plate) => <ConditionBadge plate={plate} /> },
  ];
  return <Table caption={t("shelf.title")} columns={columns} rows={plates} rowKey={(plate) => plate.plate} />;
}
