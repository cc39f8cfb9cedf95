/** What the last staff visit left on the shelves: counted against what a full shelf holds and against what stood there before. */

import type { Snapshot } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Age } from "../../parts/Figures";
import { Empty } from "../../parts/States";
import { type Column, Table } from "../../parts/Table";
import { useWords } from "../../words/use";
import "./stock.css";

type RecountRow = NonNullable<Snapshot["stock"]["recount"]>["rows"][number];

export function Recount() {
  const { t, number } = useWords();
  const recount = useSnapshot((snapshot) => snapshot.stock.recount);
  if (recount === null) {
    return (
      <Card title={t("recount.title")}>
        <Empty icon="stock" title={t("recount.none.title")}>
          {t("recount.none.words")}
        </Empty>
      </Card>
    );
  }
  const columns: Column<RecountRow>[] = [
    { head: t("plate.name"), cell: (row) => <b>{row.plate}</b> },
    { head: t("plate.goods"), cell: (row) => row.name },
    { head: t("recount.before"), end: true, cell: (row) => number(row.before) },
    { head: t("recount.counted"), end: true, cell: (row) => <Counted row={row} /> },
    { head: t("recount.full"), end: true, cell: (row) => number(row.full_units) },
  ];
  return (
    <Card flush title={t("recount.title")} aside={<Age since={recount.at_s} ago />}>
      <p className="recount-sum">
        {t("recount.sum", { counted: number(recount.counted), full: number(recount.full_units) })} <span className="quiet small">{t("receipt.visit", { visit: recount.visit.slice(-6) })}</span>
      </p>
      {recount.rows.length === 0 ? (
        <p className="recount-sum quiet">{t("recount.full.all")}</p>
      ) : (
        <Table caption={t("recount.rows")} columns={columns} rows={recount.rows} rowKey={(row) => `${row.plate} ${row.gtin}`} />
      )}
    </Card>
  );
}

function Counted({ row }: { row: RecountRow }) {
  const { number } = useWords();
  const change = row.counted - row.before;
  return (
    <>
      <strong>{number(row.counted)}</strong>
      {change !== 0 && <span className="quiet small"> ({change > 0 ? `+${number(change)}` : `−${number(-change)}`})</span>}
    </>
  );
}
