// What cameras see: the card with their pictures, and what a reach showed beside the lines of a receipt.

import { clock, counted, h, keyed, byId, say, span } from "./dom.js";

const CONDITIONS = { unknown: "not heard of", seeing: "sees", lost: "sees nothing" };
const DIRECTIONS = { taken: "taken", put: "put back", unclear: "a hand" };
const LOOK_MS = 1000; // between two pictures of one camera
const percent = (probability) => (probability >= 0.995 ? "over 99 %" : `${Math.round(probability * 100)} %`);
const guessed = (guesses) => guesses.map((each) => `${each.name} ${percent(each.probability)}`).join(", ") || "cannot be said what";

let shown = { condition: "off", cameras: [] };

/** The card; hidden where the store has no cameras. */
export function cameras(eye) {
  shown = eye;
  byId("eye-card").hidden = eye.condition === "off";
  const model = eye.model ? ` · ${counted(eye.products, "product")} known` : "";
  say(byId("eye-words"), `${eye.words}${model}`);
  keyed(
    byId("cameras"),
    eye.cameras,
    (camera) => camera.camera,
    (camera) =>
      h(
        "li",
        { class: "camera" },
        h("p", { class: "plate-head" }, h("b", {}, camera.camera), h("span", { class: "pill" })),
        h("div", { class: "view" }, h("span", { class: "quiet" }, "No picture yet.")),
        h("p", { class: "quiet" }),
        h("p", { class: "saw" }, h("b"), h("span")),
        h("ul", { class: "sights" }),
      ),
    (element, camera) => {
      const [head, , about, saw, sight] = element.children;
      element.dataset.condition = eye.condition === "open" ? camera.condition : "unknown";
      say(head.lastElementChild, eye.condition === "open" ? CONDITIONS[camera.condition] : CONDITIONS.unknown);
      say(about, camera.detail ? camera.detail : `Plates ${camera.plates.join(", ")}`);
      saw.hidden = camera.last === null;
      sights(sight, camera.last === null ? [] : [camera.last], { brief: true });
      if (camera.last !== null) say(saw.lastElementChild, guessed(camera.last.guesses));
    },
  );
}

/** How long ago each camera saw its last reach. */
export function cameraAges(eye, now) {
  for (const camera of eye.cameras) {
    const element = [...byId("cameras").children].find((each) => each.dataset.key === camera.camera);
    if (element && camera.last !== null) say(element.children[3].firstElementChild, `${DIRECTIONS[camera.last.direction]} ${span(now - camera.last_s)} ago: `);
  }
}

/** Reaches with their pictures, which are fetched when they can be seen. `brief`: pictures only. */
export function sights(list, rows, { brief = false } = {}) {
  keyed(
    list,
    rows.filter((row) => !brief || row.evidence),
    (row) => `${row.camera} ${row.evidence} ${row.at_unix_s}`,
    () => h("li", {}, h("span", { class: "crops" }), h("span", { class: "quiet" })),
    (element, row) => {
      const [crops, words] = element.children;
      if (row.evidence && crops.dataset.evidence !== row.evidence) {
        crops.dataset.evidence = row.evidence;
        crops.replaceChildren();
        inSight.observe(crops);
      }
      const code = row.barcode ? ` · barcode ${row.barcode}` : "";
      const when = row.at_unix_s === null ? "" : ` at ${clock(row.at_unix_s)}`;
      if (!brief) say(words, `Seen by ${row.camera} over ${row.plates.join(", ")}${when}, ${DIRECTIONS[row.direction]}: ${guessed(row.guesses)}${code}`);
    },
  );
}

const inSight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    inSight.unobserve(target);
    fetchCrops(target);
  }
});

async function fetchCrops(target) {
  const evidence = target.dataset.evidence;
  try {
    const reply = await fetch(`/api/v1/evidence/${evidence}`);
    const { pictures } = reply.ok ? await reply.json() : { pictures: [] };
    if (target.dataset.evidence !== evidence) return;
    target.replaceChildren(...pictures.slice(0, 4).map((name, at) => h("img", { src: `/api/v1/pictures/${name}`, alt: `What the camera saw, picture ${at + 1}`, loading: "lazy" })));
  } catch {
    delete target.dataset.evidence; // the next snapshot tries again
  }
}

/** The newest picture of every camera, while somebody can see the card. */
async function look() {
  const box = byId("eye-card").getBoundingClientRect();
  const visible = !byId("eye-card").hidden && document.visibilityState === "visible" && box.bottom > 0 && box.top < innerHeight;
  if (visible && shown.condition === "open") await Promise.all(shown.cameras.map(lookThrough));
  setTimeout(look, LOOK_MS);
}

async function lookThrough({ camera }) {
  const view = [...byId("cameras").children].find((each) => each.dataset.key === camera)?.children[1];
  try {
    const reply = await fetch(`/api/v1/cameras/${camera}`);
    if (!reply.ok || !view) return;
    const { picture, version } = await reply.json();
    if (picture === null || view.dataset.version === String(version)) return;
    const next = h("img", { src: `/api/v1/pictures/${picture}?version=${version}`, alt: `What ${camera} sees` });
    await next.decode();
    view.dataset.version = String(version);
    view.replaceChildren(next);
  } catch {
    // the controller or the picture is gone; the line at the top says so, or the next look finds it
  }
}

setTimeout(look, LOOK_MS);
