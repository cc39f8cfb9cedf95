/** A product that somebody has begun to enter, kept by the browser: they may leave and go on later. */

import { type Draft, EMPTY } from "../products/draft";

const KEPT_AS = "smartstore.enrolment";
const FIELDS = Object.keys(EMPTY) as (keyof Draft)[];

/** `token`: under which the store keeps its photographs, "" before the first; `plate`: where it was weighed; `saved`: it is in the catalogue. */
export interface Begun {
  readonly draft: Draft;
  readonly token: string;
  readonly plate: string;
  readonly saved: boolean;
}

export const NOTHING: Begun = { draft: EMPTY, token: "", plate: "", saved: false };

/** Whether anything of it is worth keeping. */
export const isBegun = (begun: Begun): boolean => begun.token !== "" || (["gtin", "name", "price", "weight"] as const).some((field) => begun.draft[field].trim() !== "");

/** What a text that was kept says; NOTHING where it says nothing that can be used. Pure. */
export function begunIn(text: string | null): Begun {
  if (text === null) return NOTHING;
  try {
    const told = JSON.parse(text) as Partial<Begun>;
    const texts = (told.draft ?? {}) as Partial<Draft>;
    const draft = Object.fromEntries(FIELDS.map((field) => [field, typeof texts[field] === "string" ? texts[field] : ""])) as unknown as Draft;
    return { draft, token: /^[0-9a-f]{32}$/.test(told.token ?? "") ? (told.token ?? "") : "", plate: typeof told.plate === "string" ? told.plate : "", saved: told.saved === true };
  } catch {
    return NOTHING;
  }
}

export function kept(): Begun {
  try {
    return begunIn(localStorage.getItem(KEPT_AS));
  } catch {
    return NOTHING; // a browser that keeps nothing
  }
}

export function keep(begun: Begun): void {
  try {
    if (isBegun(begun)) localStorage.setItem(KEPT_AS, JSON.stringify(begun));
    else localStorage.removeItem(KEPT_AS);
  } catch {
    // a browser that keeps nothing: it lives as long as the page
  }
}
