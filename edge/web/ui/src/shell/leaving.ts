/** Changes that nobody has saved yet: whoever is about to leave them is asked first, on the page, by the browser's back, and when the window closes. */

import { useEffect, useSyncExternalStore } from "react";
import type { AroundNavHandler } from "wouter";

let pages = 0; // on which something is unsaved
let here = "";
let wanted: string | null = null;
let going = false;
const listeners = new Set<() => void>();

/** From now on whoever goes back by the browser is asked, too. To be called before the router listens: on a window, who came first hears first. */
export function mindLeaving(): void {
  addEventListener("popstate", stay);
}

/** While `unsaved` is true, nobody leaves this page without being asked. */
export function useUnsaved(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return;
    hold();
    return release;
  }, [unsaved]);
}

/** Goes somewhere without asking: what was changed has just been saved, was given up, or goes along. */
export function leave(go: () => void): void {
  going = true;
  go();
  going = false;
  here = location.href;
}

/** The router's way out of a page. */
export const askBeforeLeaving: AroundNavHandler = (navigate, to, options) => {
  if (pages === 0 || going) return navigate(to, options);
  ask(to);
};

/** The address that somebody wants to go to and has not been let go, null where nobody waits. */
export const useWanted = (): string | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wanted,
  );

/** They stay, or have gone. */
export const answered = (): void => ask(null);

function ask(to: string | null): void {
  wanted = to;
  for (const listener of listeners) listener();
}

function hold(): void {
  pages += 1;
  here = location.href;
  if (pages === 1) addEventListener("beforeunload", warn);
}

function release(): void {
  pages -= 1;
  if (pages === 0) removeEventListener("beforeunload", warn);
}

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

/** The browser has gone back already: the page is put there again before the router hears of it. */
function stay(event: PopStateEvent): void {
  if (pages === 0) return;
  event.stopImmediatePropagation();
  const { pathname, search } = location;
  leave(() => history.pushState(null, "", here));
  ask(pathname + search);
}
