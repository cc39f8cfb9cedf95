/** The simulated shopper's hands: enter, open, take, put back, leave. */

import { useState } from "react";
import { Button } from "../parts/Button";
import { Card } from "../parts/Card";
import { Empty } from "../parts/States";
import { useWords } from "../words/use";
import { heldOf, movesOf, type ShopperState } from "./panel";
import { type PanelLine, usePanel } from "./usePanel";
import "./controls.css";

export default function Controls({ address, folded }: { address: string; folded: boolean }) {
  const { t } = useWords();
  const panel = usePanel(address);
  if (!folded) {
    return (
      <Card title={t("try.title")} aside={t("try.aside")} className="try">
        <Body panel={panel} />
      </Card>
    );
  }
  return (
    <details className="try-fold">
      <summary>
        <strong>{t("try.title")}</strong> <span className="quiet small">{t("try.aside")}</span>
      </summary>
      <Body panel={panel} />
    </details>
  );
}

function Body({ panel }: { panel: PanelLine }) {
  const { t } = useWords();
  if (panel.lost) {
    return (
      <Empty icon="cloudOff" title={t("try.lost.title")}>
        {t("try.lost.words")}
      </Empty>
    );
  }
  return panel.state === null ? null : <Hands panel={panel} state={panel.state} />;
}

function Hands({ panel, state }: { panel: PanelLine; state: ShopperState }) {
  const { t, known, number } = useWords();
  const [wanted, setWanted] = useState<string | null>(null);
  const { act, waiting, said } = panel;
  const moves = movesOf(state, waiting);
  const held = heldOf(state, wanted);
  const hands = state.hands.filter((item) => item.count > 0);
  return (
    <div className="try-body" aria-busy={waiting > 0}>
      <div className="row">
        <Button kind={state.inside ? "plain" : "primary"} disabled={!moves.enter} onClick={() => act({ action: "enter" })}>
          {t("try.enter")}
        </Button>
        <Button disabled={!moves.enter} onClick={() => act({ action: "scan" })}>
          {t("try.scan")}
        </Button>
        {state.doors.map((door) => (
          <Button
            key={door.id}
            kind={state.inside && !door.open ? "primary" : "plain"}
            disabled={!moves.doors}
            onClick={() => act({ action: door.open ? "close" : "open", door: door.id })}
          >
            {t(door.open ? "try.close" : "try.open", { door: state.doors.length > 1 ? door.id : "" }).trim()}
          </Button>
        ))}
        <Button disabled={!moves.leave} onClick={() => act({ action: "leave" })}>
          {t("try.leave")}
        </Button>
      </div>
      <p className="try-said" role="status">
        {said === null ? t(state.inside ? "try.hint.inside" : "try.hint.enter") : known(`try.said.${said.code}`, said.words)}
      </p>
      {state.inside && (
        <fieldset className="try-hands">
          <legend className="label">{t("try.hands")}</legend>
          {hands.length === 0 && <p className="quiet small">{t("try.hands.empty")}</p>}
          {hands.map((item) => (
            <label key={item.gtin}>
              <input type="radio" name="try-held" checked={item.gtin === held} onChange={() => setWanted(item.gtin)} />
              <span>
                {number(item.count)} × {item.name}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <ul className="try-plates" aria-label={t("try.shelf")}>
        {state.plates.map((plate) => (
          <li key={plate.id}>
            <b>{plate.id}</b>
            <ul>
              {plate.products.map((item) => (
                <li key={item.gtin}>
                  <span>{item.name}</span>
                  <span className="quiet small">{number(item.count)}</span>
                  <Button
                    disabled={!moves.goods || item.count === 0}
                    aria-label={t("try.take.what", { what: item.name, plate: plate.id })}
                    onClick={() => act({ action: "take", plate: plate.id, gtin: item.gtin })}
                  >
                    {t("try.take")}
                  </Button>
                </li>
              ))}
            </ul>
            {state.inside && (
              <Button
                kind="quiet"
                disabled={!moves.goods || held === null}
                aria-label={t("try.back.where", { plate: plate.id })}
                onClick={() => held !== null && act({ action: "put_back", plate: plate.id, gtin: held })}
              >
                {t("try.back")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
