/** The controls of a simulated shopper, which a demonstration serves beside the store: what is where, and what a person may do. Pure. */

export interface Items {
  readonly gtin: string;
  readonly name: string;
  readonly count: number;
}

/** Answer of GET {panel}/state. */
export interface ShopperState {
  readonly doors: readonly { readonly id: string; readonly open: boolean; readonly locked: boolean }[];
  readonly plates: readonly { readonly id: string; readonly products: readonly Items[] }[];
  readonly hands: readonly Items[];
  readonly new: readonly Items[];
  readonly busy: boolean;
  readonly may_enter: boolean;
  readonly inside: boolean;
  readonly words: string;
  readonly code: string;
}

/** Body of POST {panel}/act. */
export type ShopperAct =
  | { readonly action: "enter" | "scan" | "leave" }
  | { readonly action: "open" | "close"; readonly door: string }
  | { readonly action: "show" | "show_code"; readonly gtin: string }
  | { readonly action: "take" | "put_back"; readonly plate: string; readonly gtin: string };

/** Answer of POST {panel}/act. */
export interface ActResult {
  readonly ok: boolean;
  readonly message: string;
  readonly code: string;
}

/** What was said last: `code` where the demonstration has one for it, `words` in English. */
export type Said = { readonly code: string; readonly words: string };

/** What a person at the cabinet can do now. */
export interface Moves {
  readonly enter: boolean;
  readonly leave: boolean;
  readonly doors: boolean;
  readonly goods: boolean;
}

/** `waiting`: acts that were asked for and are not done yet. */
export function movesOf(state: ShopperState, waiting: number): Moves {
  return {
    enter: !state.inside && waiting === 0,
    leave: state.inside,
    doors: state.inside,
    goods: state.inside && state.doors.some((door) => door.open),
  };
}

/** What goes back on the next plate: `wanted` while it is in the hands, otherwise the first thing that is. */
export function heldOf(state: ShopperState, wanted: string | null): string | null {
  const held = state.hands.filter((item) => item.count > 0);
  return held.find((item) => item.gtin === wanted)?.gtin ?? held[0]?.gtin ?? null;
}

/** Where the controls are served, from the page's own head; null in a real store. */
export function panelAddress(content: string | null | undefined): string | null {
  const address = content?.trim() ?? "";
  return /^https?:\/\//.test(address) ? address.replace(/\/+$/, "") : null;
}
