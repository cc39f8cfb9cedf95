/** The goods that can be put on a plate: beside the shelf where there is room, in a sheet on a phone. */

import { useState } from "react";
import { Link } from "wouter";
import type { Product } from "../../api/goods";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { useDesk } from "./desk";
import "./goods-list.css";

const SHOWN = ["all", "nowhere"] as const;

/** `open`: in a sheet, too. */
export function GoodsList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useWords();
  const { hand } = useDesk();
  const back = hand.dragged && hand.carried !== null && hand.carried.from !== null;
  return (
    <>
      <Card className="planogram-goods" title={t("planogram.goods")}>
        <div data-list data-over={back && hand.over === "list"} data-back={back} className="planogram-bin">
          <Choosing />
          <p className="planogram-bin-words" aria-hidden="true">
            <Icon name="out" /> {t("planogram.takeOff")}
          </p>
        </div>
      </Card>
      {open && (
        <Dialog title={t("planogram.goods")} onClose={onClose}>
          <Choosing />
        </Dialog>
      )}
    </>
  );
}

function Choosing() {
  const { t, language } = useWords();
  const { goods, plan } = useDesk();
  const [wanted, setWanted] = useState("");
  const [shown, setShown] = useState<(typeof SHOWN)[number]>("all");
  const words = wanted.toLocaleLowerCase().split(/\s+/);
  const names = new Intl.Collator(language, { numeric: true });
  const found = goods.products
    .filter(({ name, gtin }) => words.every((word) => `${name} ${gtin}`.toLocaleLowerCase().includes(word)))
    .filter(({ gtin }) => shown === "all" || !plan.some((one) => one.gtin === gtin))
    .sort((one, other) => names.compare(one.name, other.name));
  return (
    <div className="planogram-choosing">
      <Field type="search" label={t("planogram.search")} autoComplete="off" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <Choice silent label={t("products.show")} options={SHOWN.map((value) => ({ value, words: t(`products.show.${value}`) }))} value={shown} onChoose={setShown} />
      {found.length > 0 ? (
        <ul className="planogram-list">
          {found.map((product) => (
            <Item key={product.gtin} product={product} />
          ))}
        </ul>
      ) : goods.products.length === 0 ? (
        <Empty icon="product" title={t("products.none.title")}>
          <Link href="/products/new">{t("products.add")}</Link>
        </Empty>
      ) : (
        <Empty icon="question" title={t("products.none.such")} />
      )}
    </div>
  );
}

function Item({ product }: { product: Product }) {
  const { t, exact, list } = useWords();
  const { plan, hand } = useDesk();
  const plates = plan.filter(({ gtin }) => gtin === product.gtin).map(({ plate }) => plate);
  const what = { gtin: product.gtin, from: null };
  return (
    <li>
      <button
        type="button"
        className="planogram-item"
        data-drag
        data-pick={` ${product.gtin}`}
        data-carried={hand.carried?.gtin === product.gtin && hand.carried.from === null}
        onPointerDown={(event) => hand.press(event, what)}
        onClick={() => hand.pick(what)}
      >
        <span className="planogram-item-grip" data-grip aria-hidden="true">
          <Icon name="grip" size={16} />
        </span>
        <span className="planogram-item-name">{product.name}</span>
        <span className="small quiet figure">{exact(product.unit_weight_g)}</span>
        <span className="small quiet">{plates.length === 0 ? t("products.nowhere") : list(plates)}</span>
      </button>
    </li>
  );
}
