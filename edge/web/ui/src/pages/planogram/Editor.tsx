/** The editor: the shelf, the goods beside it, and what is in somebody's hand between the two. */

import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import type { Goods } from "../../api/goods";
import { useLine } from "../../api/use";
import { Button } from "../../parts/Button";
import { SaveBar } from "../../parts/SaveBar";
import { toast } from "../../parts/Toast";
import { useUnsaved } from "../../shell/leaving";
import { useWords } from "../../words/use";
import { alikeOn, type Weighed } from "./alike";
import { type Desk, DeskContext } from "./desk";
import { countOf, edit, opened, planOf } from "./editing";
import { Ghost } from "./Ghost";
import { GoodsList } from "./GoodsList";
import { Meanwhile } from "./Meanwhile";
import { facingOf, firstCount, type Load, move, type Plan, put, remove } from "./plan";
import { Proposal } from "./Proposal";
import { ReviewDialog } from "./ReviewDialog";
import { Shelf } from "./Shelf";
import { type Carried, type Target, useHand } from "./useHand";

export function Editor({ goods, onFresh }: { goods: Goods; onFresh: () => void }) {
  const words = useWords();
  const { t, plural } = words;
  const cut = useLine((state) => state.line === "cut");
  const [state, act] = useReducer(edit, goods, (first) => opened(planOf(first)));
  const [said, setSaid] = useState("");
  const [reviewing, setReviewing] = useState(false);
  const [listed, setListed] = useState(false);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => act({ kind: "heard", plan: planOf(goods) }), [goods]);
  const plan = state.past.now;
  const count = countOf(state);
  useUnsaved(count > 0);

  const products = useMemo(() => new Map(goods.products.map((one) => [one.gtin, one])), [goods.products]);
  const nameOf = useCallback((gtin: string) => products.get(gtin)?.name ?? gtin, [products]);
  const load = useMemo<Load>(
    () => ({ ratedG: new Map(goods.plates.map((one) => [one.plate, one.rated_g])), unitG: new Map(goods.products.map((one) => [one.gtin, one.learned_g ?? one.unit_weight_g])) }),
    [goods.plates, goods.products],
  );
  const alike = useMemo(() => {
    const weighed = new Map(goods.products.map((one): [string, Weighed] => [one.gtin, { gtin: one.gtin, unitG: one.learned_g ?? one.unit_weight_g, sdG: one.weight_sd_g ?? one.default_sd_g }]));
    return alikeOn(plan, weighed, new Map(goods.plates.map((one) => [one.plate, one.neighbours])));
  }, [plan, goods.products, goods.plates]);

  const change = useCallback((next: Plan, told: string) => {
    act({ kind: "did", plan: next });
    setSaid(told);
  }, []);
  const putDown = ({ gtin, from }: Carried, target: Target): void => {
    const product = nameOf(gtin);
    if (target === "list") {
      if (from !== null) change(remove(plan, from, gtin), t("planogram.said.removed", { product, plate: from }));
      return;
    }
    const { plate } = target;
    if (from !== null) {
      if (from !== plate) change(move(plan, gtin, from, plate), t("planogram.said.moved", { product, from, plate }));
    } else if (facingOf(plan, plate, gtin) === undefined) {
      const facing = { plate, gtin, count: firstCount(plan, plate, gtin, load), shortBelow: null };
      change(put(plan, facing), t("planogram.said.put", { product, plate, count: words.number(facing.count) }));
    } else {
      setSaid(t("planogram.said.there", { product, plate }));
    }
    focusOn(own.current, plate, gtin);
  };
  const hand = useHand(putDown);
  const { carried, dragged, drop } = hand;

  const desk: Desk = {
    goods,
    products,
    plan,
    load,
    alike,
    hand: {
      ...hand,
      pick: (what) => {
        setListed(false);
        hand.pick(what);
        setSaid(t(what.from === null ? "planogram.said.picked" : "planogram.said.lifted", { product: nameOf(what.gtin), plate: what.from ?? "" }));
      },
    },
    change,
    setFacing: (facing, told) => change(put(plan, facing), told),
    nameOf,
  };
  const cancel = (): void => {
    drop();
    setSaid(t("planogram.said.cancelled"));
    if (carried !== null) requestAnimationFrame(() => own.current?.querySelector<HTMLElement>(`[data-pick="${carried.from ?? ""} ${carried.gtin}"]`)?.focus());
  };
  const settle = (target: Target): void => {
    if (carried === null) return;
    drop();
    putDown(carried, target);
  };
  const back = (kind: "undo" | "redo"): void => {
    act({ kind });
    setSaid(t(`planogram.said.${kind}`));
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key === "Escape" && carried !== null && !dragged) cancel();
      else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !typing && !reviewing) {
        event.preventDefault();
        back(event.shiftKey ? "redo" : "undo");
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  return (
    <DeskContext value={desk}>
      <div className="planogram-desk" ref={own} data-carrying={carried !== null}>
        <p className="unseen" role="status" aria-live="assertive">
          {said}
        </p>
        {state.theirs !== null && <Meanwhile base={state.base} mine={plan} theirs={state.theirs} onMine={() => act({ kind: "mineOnTop" })} onTheirs={() => act({ kind: "takeTheirs" })} />}
        <Proposal onFresh={onFresh} />
        <div className="planogram">
          <Shelf carried={dragged ? null : carried} over={hand.over} onPut={(plate) => settle({ plate })} />
          <GoodsList open={listed} onClose={() => setListed(false)} />
        </div>
        <SaveBar wide={carried !== null && !dragged}>
          {carried !== null && !dragged ? (
            <>
              <p className="save-bar-words">
                <b>{nameOf(carried.gtin)}</b> <span className="quiet">{t("planogram.choose")}</span>
              </p>
              {carried.from !== null && <Button onClick={() => settle("list")}>{t("planogram.takeOff")}</Button>}
              <Button onClick={cancel}>{t("act.cancel")}</Button>
            </>
          ) : (
            <>
              <Button className="planogram-add" icon="add" aria-haspopup="dialog" onClick={() => setListed(true)}>
                {t("planogram.goods")}
              </Button>
              <Button icon="undo" aria-label={t("act.undo")} title={t("act.undo")} disabled={state.past.before.length === 0} onClick={() => back("undo")} />
              <Button icon="redo" aria-label={t("act.redo")} title={t("act.redo")} disabled={state.past.after.length === 0} onClick={() => back("redo")} />
              <p className="save-bar-words quiet">{count === 0 ? t("planogram.unchanged") : plural("planogram.changes", count)}</p>
              {count > 0 && (
                <Button kind="quiet" className="planogram-discard" onClick={() => act({ kind: "discard" })}>
                  {t("planogram.discard")}
                </Button>
              )}
              <Button kind="primary" aria-haspopup="dialog" disabled={count === 0 || state.theirs !== null || cut} onClick={() => setReviewing(true)}>
                {t("planogram.review")}
              </Button>
            </>
          )}
        </SaveBar>
        {reviewing && (
          <ReviewDialog
            base={state.base}
            onFresh={onFresh}
            onClose={() => setReviewing(false)}
            onSaved={(told) => {
              setReviewing(false);
              toast(told);
              onFresh();
            }}
          />
        )}
        <Ghost />
      </div>
    </DeskContext>
  );
}

/** The keyboard goes on where the goods were put down. */
function focusOn(within: HTMLElement | null, plate: string, gtin: string): void {
  requestAnimationFrame(() => within?.querySelector<HTMLElement>(`[data-pick="${CSS.escape(plate)} ${gtin}"]`)?.focus());
}
