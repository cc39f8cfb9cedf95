/** Reaching for a plate: which one lies in the direction of an arrow key, and how fast the page moves under a pointer at its edge. Pure. */

export interface Box {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as const;
export type Arrow = keyof typeof ARROWS;

const ASIDE = 3; // how much farther away something seems that does not lie straight ahead
const EDGE_PX = 72; // px from the edge of the window at which it begins to move
const FASTEST_PX = 18; // px a frame

export const isArrow = (key: string): key is Arrow => Object.hasOwn(ARROWS, key);

/** The name of the box that lies nearest in that direction, wherever the boxes stand on the screen; `from` itself where there is none. */
export function reached(boxes: readonly Box[], from: string, arrow: Arrow): string {
  const start = boxes.find(({ name }) => name === from);
  if (start === undefined) return boxes[0]?.name ?? from;
  const [right, down] = ARROWS[arrow];
  const [x, y] = middle(start);
  const ahead = boxes.flatMap((box) => {
    const [boxX, boxY] = middle(box);
    const [along, across] = right !== 0 ? [(boxX - x) * right, Math.abs(boxY - y)] : [(boxY - y) * down, Math.abs(boxX - x)];
    return box === start || along <= 1 ? [] : [{ name: box.name, far: along + ASIDE * across }];
  });
  return ahead.sort((one, other) => one.far - other.far)[0]?.name ?? from;
}

/** Pixels to scroll in this frame with the pointer at `y` of a window that is `height` high; negative is up. */
export function drift(y: number, height: number): number {
  const speed = (depth: number): number => Math.round(FASTEST_PX * Math.min(1, depth / EDGE_PX));
  if (y < EDGE_PX) return -speed(EDGE_PX - y);
  return y > height - EDGE_PX ? speed(y - (height - EDGE_PX)) : 0;
}

const middle = ({ left, top, width, height }: Box): readonly [number, number] => [left + width / 2, top + height / 2];
