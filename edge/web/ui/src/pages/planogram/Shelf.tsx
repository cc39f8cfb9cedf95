/** The plates in their places, as on the page of the shelf, with what is to stand on them. */

import { type KeyboardEvent, useEffect, useRef } from "react";
import { useWords } from "../../words/use";
import { shelfRows } from "../shelf/planogram";
import "../shelf/shelf.css";
import { PlateCard } from "./PlateCard";
import { isArrow, reached } from "./reaching";
import type { Carried, Target } from "./useHand";
import { useDesk } from "./desk";

interface Props {
  /** Picked up by a press: a plate is chosen next. */
  carried: Carried | null;
  over: Target | null;
  onPut: (plate: string) => void;
}

export function Shelf({ carried, over, onPut }: Props) {
  const { t } = useWords();
  const { goods } = useDesk();
  const own = useRef<HTMLDivElement>(null);
  const rows = shelfRows(goods.plates);
  const widest = Math.max(...rows.map((row) => row.plates.length));
  const first = carried?.from ?? goods.plates[0]?.plate ?? "";
  useEffect(() => {
    if (carried !== null) own.current?.querySelector<HTMLElement>(`[data-target="${CSS.escape(first)}"]`)?.focus();
  }, [carried, first]);
  const onArrow = (event: KeyboardEvent): void => {
    if (carried === null || !isArrow(event.key)) return;
    event.preventDefault();
    const targets = [...(own.current?.querySelectorAll<HTMLElement>("[data-target]") ?? [])];
    const boxes = targets.map((target) => {
      const { left, top, width, height } = target.getBoundingClientRect();
      return { name: target.dataset["target"] ?? "", left, top, width, height };
    });
    const at = document.activeElement instanceof HTMLElement ? (document.activeElement.dataset["target"] ?? first) : first;
    const next = reached(boxes, at, event.key);
    targets.find((target) => target.dataset["target"] === next)?.focus();
  };
  return (
    <div className="shelf planogram-shelf" ref={own} style={{ "--columns": widest } as React.CSSProperties} onKeyDown={onArrow}>
      {rows.map((row) => (
        <section key={row.name} className="shelf-row" aria-label={row.name === "" ? t("shelf.title") : t("shelf.row", { row: row.name })}>
          <ul>
            {row.plates.map((plate) => (
              <PlateCard key={plate.plate} plate={plate} carried={carried} over={over !== null && over !== "list" && over.plate === plate.plate} onPut={onPut} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

