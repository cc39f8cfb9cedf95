/** What a product is called and what it costs. */

import { Field } from "../../parts/Field";
import { useWords } from "../../words/use";
import type { StepProps } from "./NewProductPage";

export function ProductStep({ goods, bind }: StepProps) {
  const { t } = useWords();
  return (
    <>
      <p>{t("enrol.product.words")}</p>
      <Field maxLength={120} required data-first {...bind("name")} />
      <div className="enrol-pair">
        <Field unit={goods.currency} inputMode="decimal" maxLength={20} required {...bind("price")} />
        <Field unit="%" inputMode="decimal" maxLength={10} required {...bind("tax")} />
      </div>
    </>
  );
}
