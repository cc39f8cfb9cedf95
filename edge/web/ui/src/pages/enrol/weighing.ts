/** Which plate somebody is putting pieces on, told by the weights alone. Pure. */

import type { Plate } from "../../api/store";

export const FELT_G = 3; // g; less is creep, or a draught

/** Each plate's weight at one moment. */
export type Weights = ReadonlyMap<string, number>;

export const weightsOf = (plates: readonly Plate[]): Weights => new Map(plates.flatMap(({ plate, grams }) => (grams === null ? [] : [[plate, grams] as const])));

/** The plate that changed most since `before`, with its change; null where none did. */
export function reacted(before: Weights, plates: readonly Plate[]): { readonly plate: string; readonly grams: number } | null {
  const changes = plates.flatMap(({ plate, grams }) => {
    const was = before.get(plate);
    return grams === null || was === undefined ? [] : [{ plate, grams: grams - was }];
  });
  const most = changes.sort((one, other) => Math.abs(other.grams) - Math.abs(one.grams))[0];
  return most === undefined || Math.abs(most.grams) < FELT_G ? null : most;
}
