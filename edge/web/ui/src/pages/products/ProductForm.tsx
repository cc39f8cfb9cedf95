/** One product in a form: what changes by it and when, and what to know of it, before it is saved. */

import { type FormEvent, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Goods, Product } from "../../api/goods";
import { useTried } from "../../api/tried";
import { useLine, usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { leave, useUnsaved } from "../../shell/leaving";
import { decimalsOf } from "../../words/typed";
import { useWords } from "../../words/use";
import { type Draft, type DraftField, draftOf, edited, EMPTY, FIELDS, read } from "./draft";
import { sameArticle, scanned } from "./gtin";
import { Known } from "./Known";
import { Means } from "./Means";
import { ProductFields } from "./ProductFields";
import { Warnings } from "./Warnings";

interface Props {
  goods: Goods;
  /** null: it is to be added. */
  product: Product | null;
  photographs: ReadonlyMap<string, number> | null;
  onFresh: () => void;
  onRemove: () => void;
  onClose: () => void;
}

const LEAST_REASON = 3; // characters; the store refuses less
const ANY_REASON = "tried"; // said while somebody still types; nothing is kept of it

export function ProductForm({ goods, product, photographs, onFresh, onRemove, onClose }: Props) {
  const { t, known, language } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const { send, busy, problem } = usePost("/api/v1/products");
  const [, navigate] = useLocation();
  const decimals = decimalsOf(goods.currency);
  const [began] = useState(product);
  const [first] = useState<Draft>(() => (product === null ? EMPTY : draftOf(product, decimals, language)));
  const [draft, setDraft] = useState(first);
  const [ownReason, setReason] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useUnsaved((Object.keys(first) as DraftField[]).some((field) => draft[field] !== first[field]));

  const told = read(draft, decimals);
  const twin = product === null ? goods.products.find(({ gtin }) => sameArticle(gtin, scanned(draft.gtin))) : undefined;
  const differs = "product" in told ? edited(told.product, product) : [];
  const reason = ownReason ?? t(`product.reason.${product === null ? "add" : differs.includes("price") ? "price" : "change"}`);
  const tooShort = reason.trim().length < LEAST_REASON;
  const body = "product" in told && twin === undefined ? { version: goods.version, check: true, reason: ANY_REASON, product: told.product } : null;
  const said = useTried("/api/v1/products", differs.length > 0 ? body : null);
  const wrong = said?.code === "invalid" ? said.problems : [];
  const gtin = product?.gtin ?? scanned(draft.gtin);
  const warnings = [...goods.warnings, ...(said?.accepted === true ? said.warnings : [])].filter(({ products }) => products.includes(gtin));
  const elsewhere = wrong.filter(({ section, field }) => section !== "product" || FIELDS[field] === undefined).map((one) => one.words);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    if (body === null || tooShort) return focusWrong(event.currentTarget);
    if (differs.length === 0) return leave(onClose);
    const done = await send({ ...body, check: false, reason: reason.trim() });
    if (done === null) return;
    if (done.accepted) {
      toast(t(product === null ? "product.added" : "product.saved", { product: body.product.name }));
      return leave(onClose);
    }
    setRefused(done.code === "invalid" ? done.problems.map((one) => one.words).join(" ") : known(`change.${done.code}`, done.words));
    if (done.code === "stale") onFresh();
  };

  return (
    <form ref={form} className="form" noValidate onSubmit={(event) => void submit(event)}>
      {product !== null && <Known goods={goods} product={product} photographs={photographs} />}
      <ProductFields
        draft={draft}
        product={product}
        currency={goods.currency}
        wrong={"wrong" in told ? told.wrong : {}}
        refused={new Map(wrong.flatMap(({ section, field, words }) => (section === "product" && FIELDS[field] !== undefined ? [[FIELDS[field], words] as const] : [])))}
        twin={twin}
        tried={tried}
        onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
        onOpen={(gtin) => leave(() => navigate(`/products/${gtin}`))}
      />
      <Means differs={differs} now={"product" in told ? told.product : null} product={product} began={began} currency={goods.currency} />
      <Warnings warnings={warnings} goods={goods} />
      <Field
        label={t("service.reason")}
        name="reason"
        autoComplete="off"
        maxLength={200}
        required
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        problem={tried && tooShort ? t("service.reason.missing") : null}
      />
      <FormProblem problem={problem} words={refused ?? (elsewhere.length > 0 ? elsewhere.join(" ") : null)} />
      <div className="form-acts">
        {product !== null && (
          <Button kind="danger" className="product-remove" disabled={cut} onClick={onRemove}>
            {t("product.remove")}
          </Button>
        )}
        <Button onClick={onClose}>{t("act.cancel")}</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={cut}>
          {t(product === null ? "product.add" : "act.save")}
        </Button>
      </div>
    </form>
  );
}
