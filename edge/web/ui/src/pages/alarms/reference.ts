/** Looking up a fault by any of its words. Pure. */

export interface FaultWords {
  readonly code: string;
  readonly words: string;
  readonly action: string;
}

/** The faults in which every word of `wanted` occurs, in any of their texts, whatever the case. All where nothing is wanted. */
export function found(faults: readonly FaultWords[], wanted: string): readonly FaultWords[] {
  const parts = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return faults.filter((fault) => {
    const text = `${fault.code} ${fault.words} ${fault.action}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
}
