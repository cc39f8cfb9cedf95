/** Zones of a camera's picture as somebody draws them: corners in fractions of the picture. Pure; nothing given is changed. */

export type Corner = readonly [number, number];

export interface Zone {
  readonly plates: readonly string[];
  readonly polygon: readonly Corner[];
}

export const LEAST_CORNERS = 3;
export const MOST_CORNERS = 32; // what the store takes
const DIGITS = 1e4; // a ten-thousandth of the picture is less than a pixel

const within = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * DIGITS) / DIGITS;

/** A new zone: a box in the middle, to be pulled where it belongs. */
export const fresh = (plate: string): Zone => ({ plates: [plate], polygon: [[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]] });

export const cornerAt = (zone: Zone, place: number, [x, y]: Corner): Zone => ({
  ...zone,
  polygon: zone.polygon.map((corner, number) => (number === place ? [within(x), within(y)] : corner)),
});

/** The whole zone, as far as the picture goes. */
export function moved(zone: Zone, byX: number, byY: number): Zone {
  const bounded = (by: number, values: readonly number[]): number => Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), by));
  const x = bounded(byX, zone.polygon.map(([one]) => one));
  const y = bounded(byY, zone.polygon.map(([, one]) => one));
  return { ...zone, polygon: zone.polygon.map(([oneX, oneY]) => [within(oneX + x), within(oneY + y)]) };
}

/** One corner more, halfway to the next; the zone itself where it has as many as it may. */
export function cornerAfter(zone: Zone, place: number): Zone {
  const [from, to] = [zone.polygon[place], zone.polygon[(place + 1) % zone.polygon.length]];
  if (from === undefined || to === undefined || zone.polygon.length >= MOST_CORNERS) return zone;
  return { ...zone, polygon: zone.polygon.toSpliced(place + 1, 0, [within((from[0] + to[0]) / 2), within((from[1] + to[1]) / 2)]) };
}

/** One corner less; the zone itself where it would have no area. */
export const cornerGone = (zone: Zone, place: number): Zone => (zone.polygon.length <= LEAST_CORNERS ? zone : { ...zone, polygon: zone.polygon.toSpliced(place, 1) });

/** Share of the picture that a zone covers (the shoelace formula). */
export function areaOf({ polygon }: Zone): number {
  const doubled = polygon.reduce((sum, [x, y], at) => {
    const [beforeX, beforeY] = polygon.at(at - 1) ?? [0, 0];
    return sum + beforeX * y - x * beforeY;
  }, 0);
  return Math.abs(doubled) / 2;
}

/** Where a zone's name stands: the middle of its corners. */
export function middleOf({ polygon }: Zone): Corner {
  const count = Math.max(1, polygon.length);
  return [polygon.reduce((sum, [x]) => sum + x, 0) / count, polygon.reduce((sum, [, y]) => sum + y, 0) / count];
}

/** Zones out of a row of the settings; null where it has none that can be read. */
export function zonesOf(value: unknown): readonly Zone[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const zones = value.map((one: unknown) => zoneOf(one));
  return zones.every((one) => one !== null) ? zones : null;
}

function zoneOf(value: unknown): Zone | null {
  if (typeof value !== "object" || value === null) return null;
  const { plates, polygon } = value as { plates?: unknown; polygon?: unknown };
  if (!Array.isArray(plates) || !Array.isArray(polygon)) return null;
  const corners = polygon.map((corner: unknown) => (Array.isArray(corner) && corner.length === 2 && corner.every((one) => typeof one === "number") ? ([corner[0], corner[1]] as Corner) : null));
  return corners.every((corner) => corner !== null) && plates.every((plate) => typeof plate === "string") ? { plates: plates as string[], polygon: corners } : null;
}
