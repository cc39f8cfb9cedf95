/** Keeps what did not change: the ground on which a moving weight redraws its own tile and nothing else. Pure. */

type Fields = Record<string, unknown>;

/**
 * `next`, with every part that equals the same part of `previous` replaced by that very part. Both are plain JSON values. Items of lists are
 * compared place by place.
 */
export function share<T>(previous: unknown, next: T): T {
  return shared(previous, next) as T;
}

function shared(previous: unknown, next: unknown): unknown {
  if (Object.is(previous, next)) return previous;
  if (typeof previous !== "object" || typeof next !== "object" || previous === null || next === null) return next;
  if (Array.isArray(previous) !== Array.isArray(next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) {
    const items = next.map((item, place) => shared(previous[place], item));
    return items.length === previous.length && items.every((item, place) => item === previous[place]) ? previous : items;
  }
  const before = previous as Fields;
  const fields = Object.entries(next as Fields).map(([name, value]) => [name, shared(before[name], value)] as const);
  const same = fields.length === Object.keys(before).length && fields.every(([name, value]) => name in before && value === before[name]);
  return same ? previous : Object.fromEntries(fields);
}
