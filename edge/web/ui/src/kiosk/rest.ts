/** Where the words stand while nobody is there: never long in one place, so that they do not burn into the screen. Pure. */

export const REST_AFTER_S = 90; // s without a touch; the next shopper is not just coming
export const MOVE_EVERY_S = 12; // s in one place
export const HOME_AFTER_S = 60; // s without a touch on the free screen; whoever chose a language has gone

/** Columns times rows of places; the step runs through all of them, and never to a neighbour. */
const PLACES = 9;
const STEP = 4;

/** Place number `turn`: shares of the free width and height, 0..1. Every nine turns each place has had the words once. */
export function placeOf(turn: number): { readonly x: number; readonly y: number } {
  const place = (turn * STEP) % PLACES;
  return { x: (place % 3) / 2, y: Math.floor(place / 3) / 2 };
}
