/** Goods in somebody's hand: dragged with a pointer, or picked up by a press and carried with the keyboard to the plate where they belong. */

import { type PointerEvent, useCallback, useEffect, useRef, useState } from "react";
import { drift } from "./reaching";

/** What is carried. `from`: the plate it comes from, null from the list. */
export interface Carried {
  readonly gtin: string;
  readonly from: string | null;
}

/** Where it would be put down: a plate, or the list, which takes it off the shelf. */
export type Target = { readonly plate: string } | "list";

export interface Hand {
  readonly carried: Carried | null;
  /** It hangs on a pointer; otherwise it was picked up by a press. */
  readonly dragged: boolean;
  readonly over: Target | null;
  readonly ghost: React.RefObject<HTMLDivElement | null>;
  /** Begins a drag once the pointer has moved; a press without a move stays a press. */
  readonly press: (event: PointerEvent<HTMLElement>, what: Carried) => void;
  readonly pick: (what: Carried) => void;
  readonly drop: () => void;
}

const MOVED_PX = 6; // px; less is a press with an unsteady hand
const OFFSET_PX = 12; // px; what is carried hangs beside the pointer and not below it

/** `onPut`: let go over a target. A touch drags by the grip alone (`data-grip`): elsewhere it moves the page. */
export function useHand(onPut: (what: Carried, target: Target) => void): Hand {
  const [carried, setCarried] = useState<Carried | null>(null);
  const [dragged, setDragged] = useState(false);
  const [over, setOver] = useState<Target | null>(null);
  const ghost = useRef<HTMLDivElement>(null);
  const put = useRef(onPut);
  const end = useRef<() => void>(() => undefined);
  useEffect(() => {
    put.current = onPut;
  });
  useEffect(() => () => end.current(), []);

  const drop = useCallback(() => {
    end.current();
    setCarried(null);
    setDragged(false);
    setOver(null);
  }, []);

  const press = useCallback(
    (event: PointerEvent<HTMLElement>, what: Carried): void => {
      const touched = event.target instanceof Element ? event.target : null;
      const grip = touched?.closest("[data-grip]") ?? null;
      if (event.button !== 0 || (event.pointerType !== "mouse" && grip === null)) return;
      if (grip === null && touched?.closest("input, button, a") != null && touched.closest("[data-drag]") === null) return;
      end.current();
      const start = { x: event.clientX, y: event.clientY };
      let at = start;
      let moving = false;
      let target: Target | null = null;
      let frame = 0;
      const look = (): void => {
        const found = targetAt(at.x, at.y);
        if (JSON.stringify(found) !== JSON.stringify(target)) setOver((target = found));
      };
      const hang = (): void => {
        if (ghost.current !== null) ghost.current.style.transform = `translate(${at.x + OFFSET_PX}px, ${at.y + OFFSET_PX}px)`;
      };
      const roll = (): void => {
        const by = drift(at.y, innerHeight);
        if (by !== 0) {
          scrollBy(0, by);
          look();
        }
        hang();
        frame = requestAnimationFrame(roll);
      };
      const move = (now: globalThis.PointerEvent): void => {
        if (now.pointerId !== event.pointerId) return;
        at = { x: now.clientX, y: now.clientY };
        if (!moving && Math.hypot(at.x - start.x, at.y - start.y) < MOVED_PX) return;
        if (!moving) {
          moving = true;
          setCarried(what);
          setDragged(true);
          frame = requestAnimationFrame(roll);
        }
        look();
      };
      const up = (now: globalThis.PointerEvent): void => {
        if (now.pointerId !== event.pointerId) return;
        end.current();
        if (!moving) return;
        look();
        addEventListener("click", swallow, { capture: true, once: true });
        // what was touched may go away only when the touch is over: browsers lose the next one otherwise
        setTimeout(() => {
          removeEventListener("click", swallow, { capture: true });
          drop();
          if (target !== null) put.current(what, target);
        });
      };
      const key = (now: KeyboardEvent): void => {
        if (now.key === "Escape" && moving) drop();
      };
      addEventListener("pointermove", move);
      addEventListener("pointerup", up);
      addEventListener("pointercancel", drop);
      addEventListener("keydown", key);
      end.current = () => {
        cancelAnimationFrame(frame);
        removeEventListener("pointermove", move);
        removeEventListener("pointerup", up);
        removeEventListener("pointercancel", drop);
        removeEventListener("keydown", key);
        end.current = () => undefined;
      };
    },
    [drop],
  );
  const pick = useCallback((what: Carried) => setCarried(what), []);
  return { carried, dragged, over, ghost, press, pick, drop };
}

/** A drag ends with a click on what lies below; it means nothing. */
const swallow = (event: MouseEvent): void => (event.stopPropagation(), event.preventDefault());

function targetAt(x: number, y: number): Target | null {
  const below = document.elementFromPoint(x, y);
  const plate = below?.closest<HTMLElement>("[data-plate]")?.dataset["plate"];
  if (plate !== undefined) return { plate };
  return below?.closest("[data-list]") != null ? "list" : null;
}
