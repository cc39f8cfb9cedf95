/** Our own pictures for the shopper's screen: the cabinet, what is held in front of it, what is to be done. Ornaments: words say the same. */

import type { ReactNode } from "react";
import "./drawing.css";

export type Scene = "code" | "wait" | "open" | "take" | "close" | "weigh" | "receipt" | "nothing" | "locked" | "refused" | "closed" | "cut" | "staff";

const SCENES: Record<Scene, () => ReactNode> = {
  code: () => (
    <>
      <Cabinet />
      <Reader lit />
      <Phone x={252} y={116} />
    </>
  ),
  wait: () => (
    <>
      <Cabinet />
      <Reader lit />
      <g className="d-dots">
        <circle cx="262" cy="150" r="7" />
        <circle cx="284" cy="150" r="7" />
        <circle cx="306" cy="150" r="7" />
      </g>
    </>
  ),
  open: () => (
    <>
      <Cabinet open />
      <path className="d-arrow d-pull" d="M52 118H14M30 102l-16 16 16 16" />
    </>
  ),
  take: () => (
    <>
      <Cabinet open gap />
      <g className="d-pull">
        <Bottle x={252} y={96} />
        <path className="d-arrow" d="M214 132h24M228 120l13 12-13 12" />
      </g>
    </>
  ),
  close: () => (
    <>
      <Cabinet open />
      <path className="d-arrow d-push" d="M12 118h38M34 102l16 16-16 16" />
    </>
  ),
  weigh: () => (
    <>
      <Cabinet />
      <g className="d-dots">
        <circle cx="258" cy="120" r="7" />
        <circle cx="280" cy="120" r="7" />
        <circle cx="302" cy="120" r="7" />
      </g>
      <path className="d-fill d-line" d="M252 216l6-46h48l6 46zM246 164h72" />
      <circle className="d-fill d-line" cx="282" cy="193" r="14" />
      <path className="d-line" d="M282 193l6-8" />
    </>
  ),
  receipt: () => (
    <>
      <Cabinet />
      <Paper />
      <path className="d-good" d="M262 152l11 12 22-26" />
    </>
  ),
  nothing: () => (
    <>
      <Cabinet />
      <circle className="d-fill d-good-line" cx="280" cy="140" r="30" />
      <path className="d-good" d="M266 140l10 11 19-22" />
    </>
  ),
  locked: () => (
    <>
      <Cabinet />
      <path className="d-line" d="M264 136v-14a16 16 0 0 1 32 0v14" />
      <rect className="d-fill d-line" x="252" y="136" width="56" height="44" rx="8" />
      <path className="d-line" d="M280 152v12" />
    </>
  ),
  refused: () => (
    <>
      <Cabinet />
      <Reader />
      <Phone x={252} y={116} plain />
      <path className="d-warn" d="M278 140v26M278 180v1" />
    </>
  ),
  closed: () => (
    <>
      <Cabinet dim />
      <path className="d-line" d="M124 92l34-24 34 24" />
      <rect className="d-fill d-line" x="108" y="92" width="100" height="46" rx="8" />
      <path className="d-warn" d="M128 115h60" />
    </>
  ),
  cut: () => (
    <>
      <Cabinet dim />
      <path className="d-line" d="M230 190h24c12 0 12-20 12-30v-14" />
      <path className="d-fill d-line" d="M252 146h28v-18h-28zM259 128v-10M273 128v-10" />
      <path className="d-fill d-line" d="M252 92h28V72h-28zM266 72V40" />
      <path className="d-warn" d="M290 112l12-8M290 100l12 8" />
    </>
  ),
  staff: () => (
    <>
      <Cabinet open />
      <rect className="d-goods-3 d-line" x="248" y="164" width="60" height="50" rx="5" />
      <path className="d-line" d="M248 180h60M278 164v16" />
    </>
  ),
};

export function Drawing({ scene }: { scene: Scene }) {
  return (
    <svg className="drawing" viewBox="0 0 320 240" aria-hidden="true" focusable="false">
      <ellipse className="d-floor" cx="158" cy="224" rx="140" ry="10" />
      {SCENES[scene]()}
    </svg>
  );
}

/** The cabinet from the front. `gap`: one thing is missing from its shelf. */
function Cabinet({ open = false, gap = false, dim = false }: { open?: boolean; gap?: boolean; dim?: boolean }) {
  return (
    <>
      <path className="d-line" d="M106 222v-8M210 222v-8" />
      <rect className="d-fill d-line" x="90" y="16" width="136" height="200" rx="14" />
      <rect className={`${open ? "d-inside" : "d-glass"} d-line`} x="104" y="34" width={open ? 108 : 96} height="162" rx="6" data-dim={dim} />
      <Goods gap={gap} dim={dim} />
      {open ? (
        <>
          <path className="d-glass d-line" d="M104 34 66 20v190l38-14z" />
          <path className="d-line" d="M74 104v30" />
        </>
      ) : (
        <path className="d-line d-handle" d="M213 96v40" />
      )}
    </>
  );
}

function Goods({ gap, dim }: { gap: boolean; dim: boolean }) {
  return (
    <g className="d-goods" data-dim={dim}>
      <path className="d-line" d="M106 84h92M106 138h92M106 190h92" />
      <path className="d-goods-1" d="M116 84V64l4-6v-8h6v8l4 6v20zM136 84V64l4-6v-8h6v8l4 6v20z" />
      <path className="d-goods-2" d="M162 84V58h14v26zM180 84V58h14v26z" />
      <path className="d-goods-3" d="M114 138v-26h22v26zM140 138v-26h22v26z" />
      {!gap && <path className="d-goods-1" d="M174 138v-22l4-6v-8h6v8l4 6v22z" />}
      <path className="d-goods-2" d="M114 190c-2-14 4-22 4-22h20s6 8 4 22z" />
      <path className="d-goods-3" d="M152 190v-18h18v18zM176 190v-18h18v18z" />
    </g>
  );
}

function Bottle({ x, y }: { x: number; y: number }) {
  return <path className="d-goods-1 d-line" d={`M${x} ${y + 64}v-34l6-9V${y + 4}h12v17l6 9v34z`} />;
}

/** The reader beside the door; `lit`: it looks for a code. */
function Reader({ lit = false }: { lit?: boolean }) {
  return (
    <>
      <rect className="d-fill d-line" x="240" y="58" width="40" height="42" rx="8" />
      <path className={lit ? "d-accent" : "d-line"} d="M250 74v-6h6M270 74v-6h-6M250 84v6h6M270 84v6h-6" />
      {lit && <path className="d-beam" d="M252 104l-10 14M268 104l10 14M260 104v14" />}
    </>
  );
}

/** A phone with a code on it. `plain`: without the code. */
function Phone({ x, y, plain = false }: { x: number; y: number; plain?: boolean }) {
  const at = (dx: number, dy: number): string => `M${x + dx} ${y + dy}h8v8h-8z`;
  return (
    <g className="d-phone">
      <rect className="d-fill d-line" x={x} y={y} width="52" height="88" rx="9" />
      {!plain && <path className="d-code" d={[at(10, 22), at(22, 22), at(34, 22), at(10, 34), at(34, 34), at(10, 46), at(22, 46), at(28, 34)].join("")} />}
      <path className="d-line" d={`M${x + 20} ${y + 76}h12`} />
    </g>
  );
}

function Paper() {
  return <path className="d-fill d-line" d="M248 84h60v116l-10-7-10 7-10-7-10 7-10-7-10 7zM260 104h36M260 120h22" />;
}
