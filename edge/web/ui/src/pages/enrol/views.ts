/** Photographs of a product as the eye judged them, and what to say of each. Pure. */

import type { Got } from "../../api/client";
import type { Tone } from "../../parts/Badge";

export type Enrolment = Got<"/api/v1/enrolments/{token}">;
export type View = Enrolment["views"][number];
export type Alike = Enrolment["conflicts"][number];

export const ENOUGH = 5; // more add little
export const FEW = 3; // fewer are recognised less surely

export const usedOf = (views: readonly View[]): number => views.filter((view) => view.used).length;

/** How a photograph fares: it is used, used with a doubt, or left out. */
export function standingOf(view: View): { readonly tone: Tone; readonly word: "good" | "doubt" | "out" } {
  if (!view.used) return { tone: "bad", word: "out" };
  return view.flaw === null ? { tone: "good", word: "good" } : { tone: "warn", word: "doubt" };
}

/** What is to be said now that `now` follows `before`: a photograph was taken and will do, or not. */
export function newest(before: readonly View[], now: readonly View[]): View | null {
  const known = new Set(before.map((view) => view.number));
  return now.filter((view) => !known.has(view.number)).at(-1) ?? null;
}

/** How often one view is mistaken, as people say it: one in three. */
export const oneIn = (mistaken: number): number => Math.max(2, Math.round(1 / Math.max(mistaken, 0.001)));
