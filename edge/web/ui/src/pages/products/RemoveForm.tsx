/** Takes a product out of the catalogue, once somebody has read what follows from it. */

import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import type { Goods, Product } from "../../api/goods";
import { usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { toast } from "../../parts/Toast";
import { leave } from "../../shell/leaving";
import { useWords } from "../../words/use";

interface Props {
  goods: Goods;
  product: Product;
  onFresh: () => void;
  onBack: () => void;
  onDone: () => void;
}

const LEAST_REASON = 3; // characters; the store refuses less

export function RemoveForm({ goods, product, onFresh, onBack, onDone }: Props) {
  const { t, known, list, plural } = useWords();
  const { send, busy, problem } = usePost("/api/v1/products/{gtin}/remove");
  const [reason, setReason] = useState(t("product.reason.remove"));
  const [refused, setRefused] = useState<string | null>(null);
  const tooShort = reason.trim().length < LEAST_REASON;
  const plates = goods.facings.filter(({ gtin }) => gtin === product.gtin).map(({ plate }) => plate);
  const inStore = product.units > 0;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setRefused(null);
    if (tooShort) return focusWrong(event.currentTarget);
    const done = await send({ version: goods.version, reason: reason.trim(), check: false, anyway: inStore }, { gtin: product.gtin });
    if (done === null) return;
    if (done.accepted) {
      toast(t("product.removed", { product: product.name }));
      return leave(onDone);
    }
    setRefused(known(`change.${done.code}`, done.words));
    if (done.code === "stale") onFresh();
  };
  if (plates.length > 0) {
    return (
      <div className="form">
        <p className="product-blocked">
          <Icon name="warning" /> {t("product.remove.placed", { product: product.name, plates: list(plates) })}
        </p>
        <div className="form-acts">
          <Button onClick={onBack} data-first>
            {t("act.back")}
          </Button>
          <Link href="/planogram" className="button" data-kind="primary" data-bare="false">
            {t("planogram.title")}
          </Link>
        </div>
      </div>
    );
  }
  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <ul className="product-follows">
        <li>{t("product.remove.unknown")}</li>
        {inStore && <li data-tone="warn">{plural("product.remove.units", product.units)}</li>}
        {product.learned_g !== null && <li>{t("product.remove.learned")}</li>}
        <li>{t("product.remove.receipts")}</li>
        <li>{t("product.remove.back")}</li>
      </ul>
      <Field
        label={t("service.reason")}
        name="reason"
        autoComplete="off"
        maxLength={200}
        required
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        problem={tooShort ? t("service.reason.missing") : null}
        data-first
      />
      <FormProblem problem={problem} words={refused} />
      <div className="form-acts">
        <Button onClick={onBack}>{t("act.back")}</Button>
        <Button type="submit" kind="danger" busy={busy}>
          {t(inStore ? "product.remove.anyway" : "product.remove")}
        </Button>
      </div>
    </form>
  );
}
