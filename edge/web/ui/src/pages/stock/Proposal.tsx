/** Facings that a restocker laid out differently from the planogram. Offered, never taken over by itself. */

import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";

export function Proposal() {
  const { t, number, plural } = useWords();
  const may = useMay();
  const rows = useSnapshot((snapshot) => snapshot.stock.proposal);
  if (rows.length === 0) return null;
  return (
    <Card title={t("proposal.title")} aside={plural("proposal.count", rows.length)}>
      <ul className="proposal">
        {rows.map((row) => (
          <li key={`${row.plate} ${row.gtin}`}>
            <b>{row.plate}</b>
            <span>{row.name}</span>
            <span className="small quiet">
              {row.count === 0
                ? t("proposal.gone", { was: number(row.was) })
                : row.was === 0
                  ? t("proposal.new", { count: number(row.count) })
                  : t("proposal.other", { count: number(row.count), was: number(row.was) })}
            </span>
          </li>
        ))}
      </ul>
      <p className="small quiet proposal-words">
        {t("proposal.words")} {may("goods") ? <Link href="/planogram">{t("planogram.title")}</Link> : t("planogram.title")}
      </p>
    </Card>
  );
}
