/** What is sold: every product with its price, what it weighs, where it stands and how many of it there are. */

import { type ReactNode, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { type Goods, useGoods, usePhotographs } from "../../api/goods";
import { useLine } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Page } from "../../parts/Page";
import { Select } from "../../parts/Select";
import { Empty, Failure, Loading } from "../../parts/States";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { type Filter, FILTERS, inOrder, matches, offered, type Order, passes } from "./catalogue";
import { ProductDialog } from "./ProductDialog";
import { ProductTable } from "./ProductTable";
import { Kept } from "../settings/Kept";
import "./products.css";

export const NEW = "typed"; // in place of a number: a product that is to be added without the steps of /products/new

export default function ProductsPage() {
  const { t } = useWords();
  const { gtin } = useParams<{ gtin?: string }>();
  const [, navigate] = useLocation();
  const may = useMay();
  const cut = useLine((state) => state.line === "cut");
  const { value: goods, problem, again } = useGoods();
  const photographs = usePhotographs();
  const close = (): void => navigate("/products");
  return (
    <Page
      title={t("products.title")}
      actions={
        may("goods") && (
          <Button kind="primary" icon="add" disabled={cut || goods === null} onClick={() => navigate("/products/new")}>
            {t("products.add")}
          </Button>
        )
      }
    >
      {goods === null ? (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : (
        <>
          <Kept waiting={goods.waiting} edited={goods.edited} />
          <Catalogue goods={goods} photographs={photographs} />
          {gtin !== undefined && <ProductDialog key={gtin} goods={goods} gtin={gtin === NEW ? null : gtin} photographs={photographs} onFresh={again} onClose={close} />}
        </>
      )}
    </Page>
  );
}

function Catalogue({ goods, photographs }: { goods: Goods; photographs: ReadonlyMap<string, number> | null }) {
  const { t, language, number, plural } = useWords();
  const [filter, setFilter] = useState<Filter>("all");
  const [wanted, setWanted] = useState("");
  const [order, setOrder] = useState<{ by: Order; down: boolean }>({ by: "name", down: false });
  const all = useMemo(() => offered(goods, photographs), [goods, photographs]);
  const shown = useMemo(
    () => inOrder(all.filter((one) => passes(one, filter) && matches(one, wanted)), order.by, order.down, language),
    [all, filter, wanted, order, language],
  );
  const options = FILTERS.filter((value) => value !== "unseen" || photographs !== null).map((value) => ({
    value,
    words: `${t(`products.show.${value}`)} (${number(all.filter((one) => passes(one, value)).length)})`,
  }));
  let body: ReactNode;
  if (shown.length > 0) body = <ProductTable rows={shown} currency={goods.currency} order={order} onOrder={setOrder} />;
  else if (all.length === 0) body = <None />;
  else
    body = (
      <Empty icon="question" title={t("products.none.such")}>
        {t("products.none.such.words")}
      </Empty>
    );
  return (
    <>
      <search className="products-search">
        <Field type="search" label={t("products.search")} autoComplete="off" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        <Select label={t("products.show")} options={options} value={filter} onChoose={(value) => setFilter(value as Filter)} />
      </search>
      <p className="unseen" role="status">
        {plural("products.found", shown.length)}
      </p>
      <Card flush>{body}</Card>
    </>
  );
}

function None() {
  const { t } = useWords();
  return (
    <Empty icon="product" title={t("products.none.title")}>
      {t("products.none.words")} <Link href="/products/new">{t("products.add")}</Link>
    </Empty>
  );
}

