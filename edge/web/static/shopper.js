// "Be the shopper": moves the goods of a simulated cabinet through the demonstration's own controls. Never loaded in a real store.

import { byId, h, keyed, say } from "./dom.js";

const LOOK_EVERY_MS = 700; // ms; the simulated shopper's world changes by hand, so a calm pace is enough

export function start(url) {
  const base = url.replace(/\/$/, "");
  let waiting = 0; // acts asked for and not done: a quick second click waits for the first movement instead of being lost
  let line = Promise.resolve();
  let held = null; // gtin that goes back on the next plate
  let told = ""; // what the panel said last by itself

  const act = (body) => {
    waiting += 1;
    byId("shopper").setAttribute("aria-busy", "true");
    line = line.then(() => perform(body));
  };

  async function perform(body) {
    try {
      const reply = await fetch(`${base}/act`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      const answer = await reply.json();
      told = answer.message ?? "";
      say(byId("shopper-words"), told || (answer.ok ? "Done." : "That did not work."));
    } catch {
      say(byId("shopper-words"), "The simulated cabinet does not answer.");
    }
    waiting -= 1;
    if (waiting === 0) byId("shopper").removeAttribute("aria-busy");
    await look();
  }

  const button = (text, body, kind) => h("button", { type: "button", class: kind, onclick: () => act(body()) }, text);
  const enter = button("Enter", () => ({ action: "enter" }), "primary");
  enter.addEventListener("click", () => (enter.disabled = true));
  const doors = h("span", { class: "row" });
  const leave = button("Leave", () => ({ action: "leave" }));
  byId("shopper-acts").append(enter, doors, leave);
  byId("shopper").hidden = false;

  function show(state) {
    if (state.words && state.words !== told) say(byId("shopper-words"), (told = state.words));
    enter.disabled = state.inside || waiting > 0;
    leave.disabled = !state.inside;
    keyed(
      doors,
      state.doors,
      (door) => door.id,
      (door) => h("button", { type: "button", onclick: (event) => act({ action: event.currentTarget.dataset.action, door: door.id }) }),
      (element, door) => {
        element.dataset.action = door.open ? "close" : "open";
        element.disabled = !state.inside;
        element.className = !door.open && state.inside ? "primary" : "";
        say(element, `${door.open ? "Close" : "Open"} ${state.doors.length > 1 ? `door ${door.id}` : "the door"}`);
      },
    );
    hands(state);
    const anyOpen = state.doors.some((door) => door.open);
    keyed(
      byId("shopper-plates"),
      state.plates,
      (plate) => plate.id,
      (plate) =>
        h(
          "li",
          {},
          h("b", {}, plate.id),
          h("ul", {}),
          h("button", { type: "button", class: "small", onclick: () => act({ action: "put_back", plate: plate.id, gtin: held }) }, "Put back here"),
        ),
      (element, plate) => {
        const [, goods, back] = element.children;
        back.disabled = held === null || !anyOpen || !state.inside;
        back.setAttribute("aria-label", `Put back on plate ${plate.id}`);
        keyed(
          goods,
          plate.products,
          (item) => item.gtin,
          (item) => h("li", {}, h("span", { class: "name" }), h("span", { class: "quiet" }), h("button", { type: "button", class: "small", onclick: () => act({ action: "take", plate: plate.id, gtin: item.gtin }) }, "Take")),
          (row, item) => {
            const [name, count, take] = row.children;
            say(name, item.name);
            say(count, `${item.count}`);
            take.disabled = item.count === 0 || !anyOpen || !state.inside;
            take.setAttribute("aria-label", `Take ${item.name} from plate ${plate.id}`);
          },
        );
      },
    );
  }

  function hands(state) {
    const items = state.hands.filter((item) => item.count > 0);
    if (!items.some((item) => item.gtin === held)) held = items[0]?.gtin ?? null;
    byId("hands-empty").hidden = items.length > 0;
    keyed(
      byId("hands"),
      items,
      (item) => item.gtin,
      (item) => {
        const radio = h("input", { type: "radio", name: "held", value: item.gtin });
        radio.addEventListener("change", () => (held = item.gtin));
        return h("label", { class: "chip" }, radio, h("span"));
      },
      (element, item) => {
        element.firstElementChild.checked = item.gtin === held;
        say(element.lastElementChild, `${item.count} × ${item.name}`);
      },
    );
  }

  async function look() {
    try {
      show(await (await fetch(`${base}/state`)).json());
    } catch {
      say(byId("shopper-words"), "The simulated cabinet does not answer.");
    }
  }

  look();
  setInterval(() => document.hidden || look(), LOOK_EVERY_MS);
}
