/** The navigation's groups: which pages stand together, and which of them somebody may open. Pure. */

import type { May, Right } from "./may";

/** In the order in which they stand. */
export const GROUPS = ["shop", "goods", "care", "people"] as const;
export type Group = (typeof GROUPS)[number];

export const ON_A_PHONE = 4; // entries on the bar; the rest stand behind "more"

interface Placed {
  readonly needs?: Right;
  readonly entry?: { readonly group: Group };
}

/** Whether somebody who `may` do so much can open this page. */
export const opens = (route: Pick<Placed, "needs">, may: May): boolean => route.needs === undefined || may(route.needs);

/** The entries that somebody may open, group by group; groups without any are left out. */
export function grouped<T extends Placed>(routes: readonly T[], may: May): readonly (readonly [Group, readonly T[]])[] {
  const open = routes.filter((route) => route.entry !== undefined && opens(route, may));
  return GROUPS.map((group) => [group, open.filter((route) => route.entry?.group === group)] as const).filter(([, entries]) => entries.length > 0);
}

/** What a phone's bar has no place for: everything but the first entries of the first group. */
export function behind<T>(groups: readonly (readonly [Group, readonly T[]])[]): readonly (readonly [Group, readonly T[]])[] {
  return groups.map(([group, entries], place) => [group, place === 0 ? entries.slice(ON_A_PHONE) : entries] as const).filter(([, entries]) => entries.length > 0);
}
