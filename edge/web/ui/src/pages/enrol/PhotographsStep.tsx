/** The photographs of a new product. */

import { useWords } from "../../words/use";
import type { StepProps } from "./NewProductPage";
import { Photographs } from "./Photographs";

export function PhotographsStep({ begun, onBegun, gtin }: StepProps) {
  const { t } = useWords();
  return (
    <>
      <p>
        {t("enrol.photographs.words")} <span className="quiet">{t("enrol.photographs.without")}</span>
      </p>
      <Photographs gtin={gtin} token={begun.token} onToken={(token) => onBegun({ token })} />
    </>
  );
}
