// The weight of the plates over one visit, as a small drawing: each change that was kept as evidence, and when a camera saw a hand.

import { clock } from "./dom.js";

const SPACE = "http://www.w3.org/2000/svg";
const WIDTH = 320; // units of the drawing; the page scales it
const ROW = 44;
const [LEFT, RIGHT, TOP, LOW] = [34, 8, 14, 34]; // where the line may be: from the plate's name to the edge, and within a row
const FOOT = 16;
const LEAST_SCALE_G = 30; // grams; the height of a row, so that what moved little looks little
const LEAST_G = 1; // grams; what the plate beside it shows of a change tells a person nothing

const draw = (tag, attributes, text = "") => {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
};

/** Fill `box` with the trace of one receipt; empty where no change can be placed in time. Drawn again only when it differs. */
export function trace(box, receipt) {
  const changes = [...receipt.lines.flatMap((line) => line.evidence), ...receipt.unexplained].filter((each) => each.at_unix_s !== null && Math.abs(each.grams) >= LEAST_G);
  const hands = [...receipt.lines.flatMap((line) => line.pictures), ...receipt.pictures].filter((each) => each.at_unix_s !== null);
  const version = JSON.stringify([changes, hands.map((each) => [each.at_unix_s, each.plates])]);
  if (box.dataset.version === version) return;
  box.dataset.version = version;
  box.replaceChildren();
  if (changes.length) box.append(drawing(changes, hands));
}

function drawing(changes, hands) {
  const plates = [...new Set(changes.map((each) => each.plate))].sort();
  const times = [...changes, ...hands].map((each) => each.at_unix_s);
  const [from, to] = [Math.min(...times) - 1, Math.max(...times) + 1];
  const across = (at) => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const height = plates.length * ROW + FOOT;
  const words = plates.map((plate) => `${plate} ${changes.filter((each) => each.plate === plate).map((each) => grams(each.grams)).join(", ")}`);
  const image = draw("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `Weight over the visit: ${words.join("; ")}` });
  plates.forEach((plate, place) => {
    const own = changes.filter((each) => each.plate === plate).sort((one, other) => one.at_unix_s - other.at_unix_s);
    const row = draw("g", { transform: `translate(0 ${place * ROW})` });
    row.append(draw("text", { x: 0, y: 28, class: "trace-plate" }, plate));
    for (const hand of hands.filter((each) => each.plates.includes(plate))) {
      row.append(draw("circle", { cx: across(hand.at_unix_s).toFixed(1), cy: ROW - 5, r: 3, class: "trace-hand" }));
    }
    row.append(draw("path", { d: steps(own, across), class: "trace-line" }));
    for (const each of own) row.append(label(each, across(each.at_unix_s)));
    image.append(row);
  });
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  if (hands.length) image.append(draw("circle", { cx: middle - 40, cy: height - 6, r: 3, class: "trace-hand" }), draw("text", { x: middle - 33, y: height - 3 }, "seen by a camera"));
  image.append(draw("text", { x: LEFT, y: height - 3 }, clock(from)), draw("text", { x: WIDTH - RIGHT, y: height - 3, "text-anchor": "end" }, clock(to)));
  return image;
}

/** A step for every change, the highest and the lowest level of the plate at the edges of its row. */
function steps(own, across) {
  const levels = own.reduce((sums, each) => [...sums, sums.at(-1) + each.grams], [0]);
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const down = (level) => (TOP + ((high - level) / Math.max(high - low, LEAST_SCALE_G)) * (LOW - TOP)).toFixed(1);
  return own.reduce((path, each, at) => `${path}H${across(each.at_unix_s).toFixed(1)}V${down(levels[at + 1])}`, `M${LEFT} ${down(0)}`) + `H${WIDTH - RIGHT}`;
}

function label(change, x) {
  const late = x > WIDTH * 0.7;
  return draw("text", { x: (late ? x - 3 : x + 3).toFixed(1), y: 10, "text-anchor": late ? "end" : "start" }, grams(change.grams));
}

const grams = (value) => `${value > 0 ? "+" : "−"}${Math.abs(Math.round(value)).toLocaleString()} g`;
