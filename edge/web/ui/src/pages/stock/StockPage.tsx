/** What stands in the store: how much of each product and where, what the last staff visit left, what has been laid out differently. */

import { useState } from "react";
import { useLine, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { Proposal } from "./Proposal";
import { Recount } from "./Recount";
import { inOrder, levelOf, matches, sumsOf, type Wanted } from "./shelves";
import { StockLine } from "./StockLine";
import { TeachDialog } from "./TeachDialog";
import "./stock.css";

const WANTED: readonly Wanted[] = ["all", "short", "stray"];

export default function StockPage() {
  const { t } = useWords();
  const may = useMay();
  const cut = useLine((state) => state.line === "cut");
  const [teaching, setTeaching] = useState<string | null>(null);
  const anything = useSnapshot((snapshot) => snapshot.stock.products.length > 0 && snapshot.plates.length > 0);
  return (
    <Page
      title={t("stock.title")}
      actions={
        anything && may("stock") && (
          <Button icon="weight" disabled={cut} aria-haspopup="dialog" onClick={() => setTeaching("")}>
            {t("teach.title")}
          </Button>
        )
      }
    >
      <Sums />
      <div className="stock-page">
        <div className="stack">
          <Goods onTeach={setTeaching} />
        </div>
        <div className="stack">
          <Recount />
          <Proposal />
        </div>
      </div>
      {teaching !== null && <TeachDialog first={teaching} onClose={() => setTeaching(null)} />}
    </Page>
  );
}

function Sums() {
  const { t, number, plural } = useWords();
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  const visiting = useSnapshot((snapshot) => snapshot.visit !== null);
  const { units, full, short, stray } = sumsOf(products);
  return (
    <>
      <ul className="stock-sums" aria-label={t("stock.sums")}>
        <li>
          <strong>{number(units)}</strong> {t("stock.unitsOf", { full: number(full) })}
        </li>
        <li data-tone={short > 0 ? "warn" : "plain"}>{short === 0 ? t("short.none.title") : plural("stock.products.short", short)}</li>
        <li data-tone={stray > 0 ? "warn" : "plain"}>{stray === 0 ? t("stock.stray.none") : plural("short.stray", stray)}</li>
      </ul>
      <p className="small quiet stock-before" role="status">
        {visiting ? t("stock.asBefore") : ""}
      </p>
    </>
  );
}

function Goods({ onTeach }: { onTeach: (gtin: string) => void }) {
  const { t, plural } = useWords();
  const products = useSnapshot((snapshot) => snapshot.stock.products);
  const [wanted, setWanted] = useState<Wanted>("all");
  const placed = inOrder(products).filter((row) => levelOf(row) !== "nowhere");
  const shown = placed.filter((row) => matches(row, wanted));
  const nowhere = products.filter((row) => levelOf(row) === "nowhere");
  const options = WANTED.map((value) => ({ value, words: t(`stock.show.${value}`) }));
  return (
    <>
      <Card flush title={t("stock.goods")} aside={<Choice silent label={t("stock.show")} options={options} value={wanted} onChoose={setWanted} />}>
        {shown.length > 0 ? (
          <ul>
            {shown.map((row) => (
              <StockLine key={row.gtin} row={row} onTeach={onTeach} />
            ))}
          </ul>
        ) : placed.length === 0 ? (
          <Empty icon="stock" title={t("stock.none.title")}>
            {t("stock.none.words")}
          </Empty>
        ) : (
          <Empty title={t(`stock.none.${wanted === "short" ? "short" : "stray"}`)} />
        )}
      </Card>
      {nowhere.length > 0 && (
        <details className="stock-nowhere">
          <summary>{plural("stock.nowhere", nowhere.length)}</summary>
          <ul>
            {nowhere.map((row) => (
              <li key={row.gtin}>
                {row.name} <span className="quiet small">{row.gtin}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
