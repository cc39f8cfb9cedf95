/** Goods that a demonstration's store does not sell yet, to be held before its camera: turned from side to side, or their bar code. */

import { Button } from "../parts/Button";
import { Card } from "../parts/Card";
import { useWords } from "../words/use";
import { usePanel } from "./usePanel";
import "./controls.css";

export default function NewGoods({ address }: { address: string }) {
  const { t, known } = useWords();
  const { state, said, act } = usePanel(address);
  if (state === null || state.new.length === 0) return null;
  return (
    <Card title={t("try.new")} aside={t("try.aside")} className="try">
      <ul className="try-new">
        {state.new.map((item) => (
          <li key={item.gtin}>
            <b>{item.name}</b>
            <span className="row">
              <Button icon="product" onClick={() => act({ action: "show", gtin: item.gtin })}>
                {t("try.show")}
              </Button>
              <Button onClick={() => act({ action: "show_code", gtin: item.gtin })}>{t("try.show.code")}</Button>
            </span>
          </li>
        ))}
      </ul>
      <p className="try-said small" role="status">
        {said !== null && known(`try.said.${said.code}`, said.words)}
      </p>
    </Card>
  );
}
