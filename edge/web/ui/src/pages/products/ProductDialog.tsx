/** One product: looked at, changed, added or taken out of the catalogue. */

import { useState } from "react";
import type { Goods } from "../../api/goods";
import { Dialog } from "../../parts/Dialog";
import { Empty } from "../../parts/States";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { Known } from "./Known";
import { ProductForm } from "./ProductForm";
import { RemoveForm } from "./RemoveForm";
import "./product.css";

interface Props {
  goods: Goods;
  /** null: a product that is to be added. */
  gtin: string | null;
  photographs: ReadonlyMap<string, number> | null;
  /** Ask for the goods again: somebody else has changed them. */
  onFresh: () => void;
  onClose: () => void;
}

export function ProductDialog({ goods, gtin, photographs, onFresh, onClose }: Props) {
  const { t } = useWords();
  const may = useMay();
  const [removing, setRemoving] = useState(false);
  const found = goods.products.find((one) => one.gtin === gtin) ?? null;
  const [began] = useState(found);
  if (gtin !== null && found === null) {
    return (
      <Dialog title={t("product.gone.title")} onClose={onClose}>
        <Empty icon="question" title={began?.name ?? gtin}>
          {t("product.gone.words")}
        </Empty>
      </Dialog>
    );
  }
  if (found !== null && !may("goods")) {
    return (
      <Dialog title={found.name} onClose={onClose}>
        <Known goods={goods} product={found} photographs={photographs} />
      </Dialog>
    );
  }
  if (removing && found !== null) {
    return (
      <Dialog title={t("product.remove.of", { product: found.name })} onClose={onClose}>
        <RemoveForm goods={goods} product={found} onFresh={onFresh} onBack={() => setRemoving(false)} onDone={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={found?.name ?? t("products.add")} onClose={onClose}>
      <ProductForm goods={goods} product={found} photographs={photographs} onFresh={onFresh} onRemove={() => setRemoving(true)} onClose={onClose} />
    </Dialog>
  );
}
