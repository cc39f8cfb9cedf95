/** The weight of each plate over one visit, as shares of a drawing: where its line runs and where the words stand. Pure. */

export interface Change {
  readonly plate: string;
  readonly grams: number;
  readonly atS: number | null;
}

export interface Hand {
  readonly plates: readonly string[];
  readonly atS: number | null;
}

/** One plate: `path` in a field of 100 x 100, `marks` of its changes and `hands` at `x` of 0..100. */
export interface TraceRow {
  readonly plate: string;
  readonly path: string;
  readonly marks: readonly { readonly x: number; readonly grams: number; readonly low: boolean }[];
  readonly hands: readonly number[];
}

export interface Drawing {
  readonly fromS: number;
  readonly toS: number;
  readonly rows: readonly TraceRow[];
}

export const ECHO_G = 1; // grams; what the plate beside it shows of a change tells a person nothing
const AROUND_S = 1; // s before the first and after the last mark
const [HIGH, LOW] = [12, 88]; // where the highest and the lowest level of a plate are drawn
const CROWDED = 14; // of the width; nearer marks of one plate stand on two levels

/** The drawing, null where no change can be placed in time. */
export function traceOf(changes: readonly Change[], hands: readonly Hand[]): Drawing | null {
  const placed = changes.flatMap(({ plate, grams, atS }) => (atS === null || Math.abs(grams) < ECHO_G ? [] : [{ plate, grams, atS }]));
  if (placed.length === 0) return null;
  const seen = hands.flatMap(({ plates, atS }) => (atS === null ? [] : [{ plates, atS }]));
  const times = [...placed, ...seen].map(({ atS }) => atS);
  const fromS = Math.min(...times) - AROUND_S;
  const toS = Math.max(...times) + AROUND_S;
  const across = (atS: number): number => round(((atS - fromS) / (toS - fromS)) * 100);
  const plates = [...new Set(placed.map(({ plate }) => plate))].sort();
  const rows = plates.map((plate) => {
    const own = placed.filter((one) => one.plate === plate).sort((one, other) => one.atS - other.atS);
    return {
      plate,
      path: pathOf(own.map(({ grams }) => grams), own.map(({ atS }) => across(atS))),
      marks: marksOf(own.map(({ atS, grams }) => ({ x: across(atS), grams }))),
      hands: seen.filter((hand) => hand.plates.includes(plate)).map(({ atS }) => across(atS)),
    };
  });
  return { fromS, toS, rows };
}

function pathOf(changes: readonly number[], xs: readonly number[]): string {
  const levels = [0];
  for (const grams of changes) levels.push((levels.at(-1) ?? 0) + grams);
  const [lowest, highest] = [Math.min(...levels), Math.max(...levels)];
  const down = (level: number): number => round(HIGH + ((highest - level) / (highest - lowest || 1)) * (LOW - HIGH));
  const steps = xs.map((x, place) => `H${x}V${down(levels[place + 1] ?? 0)}`);
  return `M0 ${down(0)}${steps.join("")}H100`;
}

function marksOf(marks: readonly { x: number; grams: number }[]): TraceRow["marks"] {
  let before = { x: -100, low: true };
  return marks.map(({ x, grams }) => {
    before = { x, low: x - before.x < CROWDED && !before.low };
    return { x, grams, low: before.low };
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;
