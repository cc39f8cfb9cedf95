/** The fields of a product. What is wrong in one is said once somebody has left it. */

import { type FocusEvent, type KeyboardEvent, useRef, useState } from "react";
import type { Product } from "../../api/goods";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { decimalsOf, shortest } from "../../words/typed";
import { useWords } from "../../words/use";
import { type Draft, type DraftField, GRAM_DECIMALS, TAX_DECIMALS, type Wrong } from "./draft";
import { scanned } from "./gtin";

interface Props {
  draft: Draft;
  product: Product | null;
  currency: string;
  wrong: Partial<Record<DraftField, Wrong>>;
  /** What the store says of a field. */
  refused: ReadonlyMap<DraftField, string>;
  /** Another product with the number that was entered. */
  twin: Product | undefined;
  tried: boolean;
  onChange: (change: Partial<Draft>) => void;
  onOpen: (gtin: string) => void;
}

export function ProductFields({ draft, product, currency, wrong, refused, twin, tried, onChange, onOpen }: Props) {
  const { t, number, exact, plural, language } = useWords();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const own = useRef<HTMLDivElement>(null);
  const decimals = { price: decimalsOf(currency), tax: TAX_DECIMALS, weight: GRAM_DECIMALS, spread: GRAM_DECIMALS };

  const problemOf = (field: DraftField): string | null => {
    if (field === "gtin" && twin !== undefined) return t("product.wrong.twin", { product: twin.name });
    const why = wrong[field];
    if (why === undefined) return refused.get(field) ?? null;
    if (!tried && (!left.has(field) || why === "empty")) return null;
    if (why === "range") return t(`product.range.${field as "price" | "tax" | "weight" | "spread"}`);
    return t(`product.wrong.${why}`, { digits: number(scanned(draft.gtin).length), decimals: number(decimals[field as keyof typeof decimals] ?? 0) });
  };
  const bind = (field: DraftField) => ({
    label: t(`product.${field}`),
    name: `product-${field}`,
    autoComplete: "off",
    value: draft[field],
    problem: problemOf(field),
    onChange: (event: { target: { value: string } }) => onChange({ [field]: event.target.value }),
    onBlur: ({ relatedTarget }: FocusEvent) => relatedTarget instanceof HTMLButtonElement || setLeft((now) => new Set([...now, field])), // a button must not move away from under its press
  });
  /** A hand scanner ends what it reads with Enter; the rest of the form is still empty then. */
  const onScan = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || draft.name !== "") return;
    event.preventDefault();
    onChange({ gtin: scanned(draft.gtin) });
    own.current?.querySelector<HTMLInputElement>("[name=product-name]")?.focus();
  };
  const learnedG = product?.learned_g ?? null;

  return (
    <div className="form" ref={own}>
      {product === null && (
        <div>
          <Field hint={t("product.gtin.hint")} inputMode="numeric" maxLength={120} required onKeyDown={onScan} data-first {...bind("gtin")} />
          {twin !== undefined && (
            <Button kind="quiet" onClick={() => onOpen(twin.gtin)}>
              {t("product.open", { product: twin.name })}
            </Button>
          )}
        </div>
      )}
      <Field maxLength={120} required {...bind("name")} />
      <div className="product-pair">
        <Field unit={currency} inputMode="decimal" maxLength={20} required {...(product === null ? {} : { "data-first": true })} {...bind("price")} />
        <Field unit="%" inputMode="decimal" maxLength={10} required {...bind("tax")} />
      </div>
      <div>
        <div className="product-pair">
          <Field unit="g" inputMode="decimal" maxLength={12} required {...bind("weight")} />
          <Field
            unit="± g"
            inputMode="decimal"
            maxLength={12}
            {...(product === null ? {} : { placeholder: shortest(Math.round(product.default_sd_g * 10 ** GRAM_DECIMALS), GRAM_DECIMALS, language) })}
            {...bind("spread")}
          />
        </div>
        <p className="small quiet product-hint">{t("product.weight.hint")}</p>
        {learnedG !== null && (
          <p className="product-learned small">
            <span>
              {t("products.weighed", { weight: exact(learnedG) })} <span className="quiet">{plural("stock.weighed", product?.weighed_units ?? 0)}</span>
            </span>
            <Button kind="quiet" onClick={() => onChange({ weight: shortest(Math.round(learnedG * 10), 1, language) })}>
              {t("product.takeOver")}
            </Button>
          </p>
        )}
      </div>
    </div>
  );
}
