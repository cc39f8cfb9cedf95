/** Who uses this page and what they may do, as the store says; asked when the line comes up, and when the store refuses something. */

import { useSyncExternalStore } from "react";
import { get, onNotAllowed } from "./client";
import { ApiProblem } from "./problem";
import type { components } from "./schema";
import type { Complete } from "./store";
import { line } from "./use";

export type Me = Complete<components["schemas"]["Me"]>;
export type Right = Me["rights"][number];
export type Role = NonNullable<Me["role"]>;
export type May = (right: Right) => boolean;

interface Known {
  readonly me: Me | null;
  readonly may: May;
}

let known: Known = knownOf(null);
const listeners = new Set<() => void>();

/** What follows from who it is. Pure. */
export function knownOf(me: Me | null): Known {
  return { me, may: (right) => me !== null && me.rights.includes(right) };
}

/** From now on it is known who uses this page. */
export function mindWho(): void {
  onNotAllowed(() => void ask());
  let live = false;
  line.subscribe(() => {
    const was = live;
    live = line.state().line === "live";
    if (live && !was) void ask();
  });
}

/** Null until the store has said so. */
export const useMe = (): Me | null => useSyncExternalStore(subscribe, () => known.me);

/** The one place where pages ask what is allowed. The store itself refuses whatever is not. */
export const useMay = (): May => useSyncExternalStore(subscribe, () => known.may);

async function ask(): Promise<void> {
  try {
    const me = (await get("/api/v1/me")) as Me;
    if (JSON.stringify(me) === JSON.stringify(known.me)) return;
    known = knownOf(me);
    for (const listener of listeners) listener();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // the line will come up again, or lead to the login
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
