/** The zones over the picture: corners pulled by hand, by touch or by the arrow keys, whole zones moved, corners added and taken away. */

import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useWords } from "../../words/use";
import { type Corner, cornerAfter, cornerAt, cornerGone, middleOf, moved, type Zone } from "./shapes";

const STEP = 0.01; // of the picture, at a press of an arrow; with Shift five of them
const ARROWS: Readonly<Record<string, Corner>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

interface Props {
  zones: readonly Zone[];
  chosen: number | null;
  onChoose: (place: number) => void;
  /** `done`: the hand has let go; until then it is only shown. */
  onChange: (place: number, zone: Zone, done: boolean) => void;
}

export function Canvas({ zones, chosen, onChoose, onChange }: Props) {
  const { t } = useWords();
  const own = useRef<SVGSVGElement>(null);
  const pulled = useRef<{ at: Corner; zone: Zone } | null>(null);

  const at = (event: PointerEvent): Corner => {
    const box = own.current?.getBoundingClientRect();
    return box === undefined || box.width === 0 || box.height === 0 ? [0, 0] : [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const hold = (event: PointerEvent<SVGElement>, zone: Zone, place: number): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    pulled.current = { at: at(event), zone };
    onChoose(place);
  };
  const pull = (event: PointerEvent, place: number, drawn: (from: Corner, to: Corner, zone: Zone) => Zone, done: boolean): void => {
    const held = pulled.current;
    if (held === null) return;
    if (done) pulled.current = null;
    onChange(place, drawn(held.at, at(event), held.zone), done);
  };
  const wholeBy = ([fromX, fromY]: Corner, [toX, toY]: Corner, zone: Zone): Zone => moved(zone, toX - fromX, toY - fromY);

  const cornerKey = (event: KeyboardEvent, place: number, corner: number, zone: Zone): void => {
    const arrow = ARROWS[event.key];
    const [x, y] = zone.polygon[corner] ?? [0, 0];
    const step = event.shiftKey ? 5 * STEP : STEP;
    if (arrow !== undefined) onChange(place, cornerAt(zone, corner, [x + arrow[0] * step, y + arrow[1] * step]), true);
    else if (event.key === "Delete" || event.key === "Backspace") onChange(place, cornerGone(zone, corner), true);
    else if (event.key === "Insert" || event.key === "+") onChange(place, cornerAfter(zone, corner), true);
    else return;
    event.preventDefault();
  };
  const zoneKey = (event: KeyboardEvent, place: number, zone: Zone): void => {
    const arrow = ARROWS[event.key];
    const step = event.shiftKey ? 5 * STEP : STEP;
    if (arrow !== undefined) onChange(place, moved(zone, arrow[0] * step, arrow[1] * step), true);
    else if (event.key === "Enter" || event.key === " ") onChoose(place);
    else return;
    event.preventDefault();
  };

  const percent = (value: number): string => `${Math.round(value * 100)}`;
  return (
    <svg ref={own} className="zones" viewBox="0 0 1 1" preserveAspectRatio="none" role="group" aria-label={t("zones.picture")}>
      {zones.map((zone, place) => (
        <polygon
          key={`zone ${place}`}
          className="zone"
          data-chosen={place === chosen}
          points={zone.polygon.map(([x, y]) => `${x},${y}`).join(" ")}
          vectorEffect="non-scaling-stroke"
          tabIndex={0}
          role="button"
          aria-pressed={place === chosen}
          aria-label={t("zones.one", { plates: zone.plates.join(", ") })}
          onPointerDown={(event) => hold(event, zone, place)}
          onPointerMove={(event) => pull(event, place, wholeBy, false)}
          onPointerUp={(event) => pull(event, place, wholeBy, true)}
          onKeyDown={(event) => zoneKey(event, place, zone)}
        />
      ))}
      {chosen !== null &&
        zones[chosen]?.polygon.map(([x, y], corner) => (
          <Handle
            key={`corner ${corner}`}
            at={[x, y]}
            name={t("zones.corner", { number: corner + 1, x: percent(x), y: percent(y) })}
            onPointerDown={(event) => hold(event, zones[chosen]!, chosen)}
            onPointerMove={(event) => pull(event, chosen, (_, to, zone) => cornerAt(zone, corner, to), false)}
            onPointerUp={(event) => pull(event, chosen, (_, to, zone) => cornerAt(zone, corner, to), true)}
            onKeyDown={(event) => cornerKey(event, chosen, corner, zones[chosen]!)}
          />
        ))}
    </svg>
  );
}

/** The names of the zones, which stand upright whatever the picture's shape. */
export function Names({ zones, chosen }: { zones: readonly Zone[]; chosen: number | null }) {
  return (
    <>
      {zones.map((zone, place) => {
        const [x, y] = middleOf(zone);
        return (
          <span key={place} className="zone-name" data-chosen={place === chosen} aria-hidden="true" style={{ insetInlineStart: `${x * 100}%`, insetBlockStart: `${y * 100}%` }}>
            {zone.plates.join(", ")}
          </span>
        );
      })}
    </>
  );
}

interface HandleProps {
  at: Corner;
  name: string;
  onPointerDown: (event: PointerEvent<SVGElement>) => void;
  onPointerMove: (event: PointerEvent<SVGElement>) => void;
  onPointerUp: (event: PointerEvent<SVGElement>) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** A corner: a dot of a line with round ends, which is a circle however the picture is stretched. */
function Handle({ at: [x, y], name, ...on }: HandleProps) {
  return <path className="zone-corner" d={`M${x} ${y}l0.0001 0.0001`} vectorEffect="non-scaling-stroke" tabIndex={0} role="button" aria-label={name} {...on} />;
}
