/** What was done and undone: a value, those before it, and those after it. Pure. */

export interface Past<T> {
  readonly before: readonly T[];
  readonly now: T;
  readonly after: readonly T[];
}

const DEEPEST = 200; // steps; nobody takes back more than an afternoon's work

export const begun = <T>(now: T): Past<T> => ({ before: [], now, after: [] });

/** `next` from now on; what was undone is forgotten. The same value again is no step. */
export function did<T>(past: Past<T>, next: T): Past<T> {
  return next === past.now ? past : { before: [...past.before, past.now].slice(-DEEPEST), now: next, after: [] };
}

export function undone<T>(past: Past<T>): Past<T> {
  const last = past.before.at(-1);
  return last === undefined ? past : { before: past.before.slice(0, -1), now: last, after: [past.now, ...past.after] };
}

export function redone<T>(past: Past<T>): Past<T> {
  const [next, ...rest] = past.after;
  return next === undefined ? past : { before: [...past.before, past.now], now: next, after: rest };
}
