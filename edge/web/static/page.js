// The store's page: one live stream in, the whole page brought up to date from each snapshot. Says when the stream is cut.

import { byId, bytes, clock, counted, facts, h, keyed, moneyOf, say, span, sureness } from "./dom.js";
import { cameraAges, cameras, sights } from "./sight.js";
import { trace } from "./trace.js";

const PHASES = {
  starting: ["Starting", -1],
  idle: ["Ready", -1],
  authorising: ["Checking", 0],
  unlocking: ["Unlocking", 1],
  waiting_for_opening: ["Open the door", 1],
  open: ["Open", 2],
  held_open: ["Please close the door", 2],
  closed: ["Closed", 3],
  settling: ["Weighing", 3],
  receipt: ["Receipt", 4],
  out_of_service: ["Out of service", -1],
};
const CLOUD = {
  off: "not used",
  connecting: "no broker",
  waiting: "waiting",
  connected: "connected",
  lost: "lost",
};
const CLOCK = { ntp: "synchronised", rtc: "own clock only", none: "not trusted" };
const COUNTS = { hits: "answers", misses: "no answer", times_lost: "times lost" };
const ROLES = { shopper: "Shopper", restocker: "Restocker", technician: "Technician" };

let snapshot = null;
let heardAt = 0; // performance.now() of the last sign of life
let takenAt = 0; // performance.now() when `snapshot` came
let keepAlive = 15;
let source = null;
let pause = 1;

const storeNow = () => snapshot.at_s + (performance.now() - takenAt) / 1000;

// ---- the stream ------------------------------------------------------------------------------------------------------------------

function connect() {
  source?.close();
  const mine = new EventSource("/api/v1/stream");
  source = mine;
  heardAt = performance.now();
  mine.addEventListener("hello", (event) => {
    heard();
    keepAlive = JSON.parse(event.data).keep_alive_s;
  });
  mine.addEventListener("alive", heard);
  mine.addEventListener("snapshot", (event) => {
    heard();
    snapshot = JSON.parse(event.data);
    takenAt = heardAt;
    show();
  });
  mine.addEventListener("error", () => {
    cut();
    if (mine.readyState === EventSource.CLOSED && mine === source) {
      source = null;
      setTimeout(() => source ?? connect(), pause * 1000);
      pause = Math.min(15, pause * 2);
    }
  });
}

function heard() {
  heardAt = performance.now();
  pause = 1;
  line("live");
}

function cut() {
  line(snapshot ? "cut" : "connecting");
}

function line(state) {
  document.body.dataset.line = state;
  lineWords();
}

function lineWords() {
  const state = document.body.dataset.line;
  if (state === "live") say(byId("line-words"), "Live");
  else if (state === "connecting") say(byId("line-words"), "Connecting …");
  else say(byId("line-words"), `Connection lost, trying again. What you see is ${span((performance.now() - takenAt) / 1000)} old.`);
}

setInterval(() => {
  if (source && performance.now() - heardAt > (2 * keepAlive + 2) * 1000) {
    cut();
    connect();
  }
  lineWords();
  if (snapshot) ages();
}, 1000);

// ---- the page --------------------------------------------------------------------------------------------------------------------

function show() {
  const money = moneyOf(snapshot.currency);
  document.title = `${PHASES[snapshot.cabinet.phase][0]} – ${snapshot.name}`;
  byId("now").removeAttribute("aria-busy");
  say(byId("store"), snapshot.name);
  say(byId("where"), `${snapshot.tenant} / ${snapshot.store}`);
  say(byId("version"), `smartstore ${snapshot.controller.version} · prices ${snapshot.price_version}`);
  hero(snapshot.cabinet, snapshot.doors);
  alarms(snapshot.alarms);
  shelf(snapshot.plates, money);
  cameras(snapshot.eye);
  stock(snapshot.stock);
  products(snapshot);
  basket(snapshot.visit, money);
  receipts(snapshot.receipts, money);
  cloud(snapshot.cloud);
  devices(snapshot.devices, snapshot.buses);
  ages();
}

function hero(cabinet, doors) {
  const [title, step] = PHASES[cabinet.phase];
  byId("phase").closest("section").dataset.phase = cabinet.phase;
  say(byId("phase"), title);
  say(byId("words"), cabinet.words);
  byId("reasons").hidden = cabinet.reasons.length === 0;
  keyed(byId("reasons"), cabinet.reasons, (reason) => reason, () => h("li"), say);
  [...byId("steps").children].forEach((item, at) => (item.dataset.state = at < step ? "done" : at === step ? "now" : "next"));
  keyed(
    byId("doors"),
    doors,
    (door) => door.door,
    (door) => h("li", { class: "door" }, h("span", { class: "door-leaf", "aria-hidden": "true" }), h("b", {}, door.door), h("span", { class: "door-words" })),
    (element, door) => {
      const state = door.lost ? "lost" : door.open === null ? "unknown" : door.open ? "open" : "closed";
      const bolt = door.secured === null || door.open ? "" : door.secured ? ", locked" : ", not locked";
      element.dataset.state = door.alarm ? "alarm" : state;
      element.dataset.open = door.open === true;
      say(element.lastElementChild, door.alarm ?? (door.lost ? "no answer" : state + bolt));
    },
  );
}

function alarms(rows) {
  byId("alarms-card").hidden = rows.length === 0;
  const groups = new Map(); // one cut cable takes many plates away: they are one line
  for (const alarm of rows) {
    const group = groups.get(alarm.code) ?? { ...alarm, subjects: [] };
    group.subjects.push(alarm.subject);
    groups.set(alarm.code, group);
  }
  keyed(
    byId("alarms"),
    [...groups.values()],
    (alarm) => alarm.code,
    (alarm) => h("li", { class: "alarm", "data-severity": alarm.severity }, h("b"), h("span"), h("small", { class: "quiet" })),
    (element, alarm) => {
      const [words, action, foot] = element.children;
      say(words, alarm.words);
      say(action, alarm.action);
      const known = alarm.subjects.length === 1 && alarm.detail ? ` · ${alarm.detail}` : "";
      say(foot, `${alarm.severity} · ${alarm.subjects.map(called).join(", ")}${known}${alarm.latched ? " · stays until acknowledged" : ""}`);
    },
  );
}

function shelf(plates, money) {
  const bad = plates.filter((plate) => plate.condition === "faulted" || plate.condition === "lost").length;
  say(byId("shelf-words"), `${counted(plates.length, "plate")}${bad ? `, ${bad} without weight` : ""}${asBefore()}`);
  keyed(
    byId("plates"),
    plates,
    (plate) => plate.plate,
    (plate) =>
      h(
        "li",
        { class: "plate" },
        h("p", { class: "plate-head" }, h("b", {}, plate.plate), h("span", { class: "pill" })),
        h("p", { class: "grams" }, h("output"), h("span", {}, " g")),
        h("div", { class: "load", "aria-hidden": "true" }, h("i")),
        h("ul", { class: "contents" }),
        h("p", { class: "quiet detail" }),
      ),
    (element, plate) => {
      const [head, grams, load, contents, detail] = element.children;
      element.dataset.condition = plate.condition;
      say(head.lastElementChild, plate.condition === "stable" && plate.quality !== "ok" ? plate.quality : plate.condition);
      say(grams.firstElementChild, plate.grams === null ? "–" : Math.round(plate.grams).toLocaleString());
      const share = plate.grams === null || plate.rated_g <= 0 ? 0 : plate.grams / plate.rated_g;
      load.firstElementChild.style.setProperty("--share", Math.min(1, Math.max(0, share)).toFixed(3));
      keyed(contents, plate.contents.filter((row) => row.units > 0 || row.full_units > 0), (row) => row.gtin, content, (item, row) => fillContent(item, row, money));
      detail.hidden = !plate.detail;
      say(detail, plate.detail ?? "");
    },
  );
}

function content() {
  return h("li", {}, h("span", { class: "name" }), h("span", { class: "price quiet" }), h("span", { class: "pips", "aria-hidden": "true" }), h("span", { class: "units quiet" }));
}

function fillContent(item, row, money) {
  const [name, price, pips, units] = item.children;
  say(name, row.name);
  say(price, money(row.price_minor));
  say(units, row.full_units === 0 ? `${row.units} misplaced` : `${row.units} of ${row.full_units}`);
  const shown = row.full_units <= 14 ? Array.from({ length: Math.max(row.full_units, row.units) }, (_, at) => at) : [];
  keyed(pips, shown, (at) => at, () => h("i"), (pip, at) => (pip.className = at < row.units ? "full" : ""));
}

/** Units are counted when somebody has left; until then the cards show what stood there before. */
const asBefore = () => (snapshot.visit ? ", units as before this visit" : "");

/** What a person calls the subject of an alarm: products are known by their names. */
const called = (subject) => snapshot.stock.products.find((row) => row.gtin === subject)?.name ?? subject;

function stock({ products: all, recount, proposal }) {
  const rows = all.filter((row) => row.places.length > 0);
  const short = rows.filter((row) => row.short).length;
  const stray = rows.reduce((sum, row) => sum + row.misplaced, 0);
  const units = rows.reduce((sum, row) => sum + row.units, 0);
  say(byId("stock-words"), [counted(units, "unit"), short ? `${short} short` : "", stray ? `${stray} misplaced` : ""].filter(Boolean).join(", ") + asBefore());
  byId("stock-empty").hidden = rows.length > 0;
  const build = () => h("li", {}, h("span", { class: "name" }), h("b", { class: "count" }), h("span", { class: "where quiet" }), h("span", { class: "weight quiet" }));
  const fill = (element, name, count, where, weight, state) => {
    element.dataset.state = state;
    [name, count, where, weight].forEach((text, at) => say(element.children[at], text));
  };
  keyed(byId("stock"), rows, (row) => row.gtin, build, (element, row) => {
    const place = (each) => (each.full_units === 0 ? `${each.units} misplaced on ${each.plate}` : `${each.plate} ${each.units} of ${each.full_units}`);
    const learned = row.learned_g === null ? "" : `, weighed ${row.learned_g} g ± ${row.learned_sd_g} g over ${row.weighed_units} ${row.weighed_units === 1 ? "unit" : "units"}`;
    fill(element, row.name, `${row.units} of ${row.full_units}`, `${row.short ? "short · " : ""}${row.places.map(place).join(" · ")}`, `${row.catalogue_g} g by the catalogue${learned}`, row.short ? "short" : row.misplaced ? "stray" : "well");
  });
  byId("proposal-part").hidden = proposal.length === 0;
  const change = (row) => (row.count === 0 ? "no facing any more" : row.was === 0 ? "new facing" : `full at ${row.count} instead of ${row.was}`);
  keyed(byId("proposal"), proposal, (row) => `${row.plate} ${row.gtin}`, build, (element, row) => fill(element, row.name, row.count ? `${row.count}` : "–", `${row.plate} · ${change(row)}`, "", "proposed"));
  byId("recount-part").hidden = recount === null;
  keyed(byId("recount"), recount?.rows ?? [], (row) => `${row.plate} ${row.gtin}`, build, (element, row) =>
    fill(element, row.name, `${row.counted} of ${row.full_units}`, `${row.plate} · ${row.before} before the visit`, "", row.counted < row.full_units ? "stray" : "well"),
  );
}

/** The choices of the form that teaches a weight. */
function products({ plates, stock: { products: rows } }) {
  const option = () => h("option");
  keyed(byId("count-form").elements.namedItem("plate"), plates, (plate) => plate.plate, option, (element, plate) => {
    element.value = plate.plate;
    say(element, plate.plate);
  });
  keyed(byId("count-form").elements.namedItem("gtin"), rows, (row) => row.gtin, option, (element, row) => {
    element.value = row.gtin;
    say(element, row.name);
  });
}

function basket(visit, money) {
  const rows = visit?.lines ?? [];
  byId("basket-empty").hidden = rows.length > 0;
  say(byId("basket-empty"), visit === null ? "Nobody is shopping." : visit.role === "shopper" ? "Nothing taken so far." : "Staff visits are not billed.");
  byId("total-row").hidden = visit === null || visit.role !== "shopper";
  say(byId("total"), visit === null ? "" : money(visit.total_minor));
  say(byId("limit"), visit?.limit_minor == null ? "" : `Spending limit ${money(visit.limit_minor)}`);
  keyed(
    byId("hints"),
    visit?.hints ?? [],
    (hint) => `${hint.code} ${hint.plate}`,
    () => h("li", { class: "hint" }),
    (element, hint) => say(element, hint.words),
  );
  billLines(byId("lines"), rows, money);
}

function billLines(list, rows, money) {
  keyed(
    list,
    rows,
    (row) => row.gtin,
    () => h("li", {}, h("span", { class: "quantity" }), h("span", { class: "name" }), h("span", { class: "sure" }), h("span", { class: "amount" })),
    (element, row) => {
      const [quantity, name, sure, amount] = element.children;
      say(quantity, `${row.quantity} ×`);
      say(name, row.name);
      sure.dataset.level = row.probability >= 0.9 ? "high" : "low";
      say(sure, sureness(row.probability));
      say(amount, money(row.total_minor));
      if (row.evidence.length || row.alternatives.length) why(element, row);
      const seen = element.querySelector(":scope > .sights");
      if (row.pictures.length || seen) sights(seen ?? element.appendChild(h("ul", { class: "sights" })), row.pictures);
    },
  );
}

/** What speaks for a line of a receipt, and what else it may have been. */
function why(element, row) {
  const known = element.querySelector(":scope > .why") ?? element.appendChild(h("span", { class: "why quiet" }));
  const others = [
    ...row.quantities.filter((each) => each.quantity !== row.quantity).map((each) => [each.quantity === 0 ? "none of it" : `${each.quantity} ×`, each.probability]),
    ...row.alternatives.map((each) => [`${each.quantity} × ${each.name}`, each.probability]),
  ].filter(([, probability]) => probability >= 0.01);
  const could = others.length ? ` · could also be ${others.map(([what, probability]) => `${what} (${Math.round(probability * 100)} %)`).join(", ")}` : "";
  const loudest = Math.max(0, ...row.evidence.map((each) => Math.abs(each.grams)));
  const told = row.evidence.filter((each) => Math.abs(each.grams) >= Math.min(ECHO_G, loudest));
  say(known, `${told.map(seen).join(", ")}${could}`);
}

const ECHO_G = 1; // grams; what the plate beside it shows of a change tells a person nothing
const seen = (each) => `${each.plate} ${each.grams > 0 ? "+" : "−"}${Math.abs(each.grams).toLocaleString()} g${each.at_unix_s === null ? "" : ` at ${clock(each.at_unix_s)}`}`;

function receipts(rows, money) {
  byId("receipts-empty").hidden = rows.length > 0;
  keyed(
    byId("receipts"),
    rows,
    (row) => row.visit,
    () =>
      h(
        "li",
        {},
        h("details", {}, h("summary", {}, h("span", { class: "bill-what" }), h("span", { class: "pill" }), h("b", { class: "amount" })), h("ul", { class: "lines" }), h("p", { class: "quiet" }), h("div", { class: "trace" }), h("ul", { class: "sights" })),
      ),
    (element, row) => {
      const [summary, lines, foot, weights, more] = element.firstElementChild.children;
      const [what, status, amount] = summary.children;
      const pieces = row.lines.reduce((sum, each) => sum + each.quantity, 0);
      const when = row.issued_unix_s === null ? "" : new Date(row.issued_unix_s * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      say(what, `${when ? `${when} · ` : ""}${counted(pieces, "item")}`);
      status.dataset.status = row.status;
      say(status, row.status === "final" ? "final" : "in review");
      say(amount, money(row.total_minor));
      billLines(lines, row.lines, money);
      const took = row.took_s === null ? "" : ` · ${row.took_s.toFixed(1)} s after closing`;
      const reasons = row.review_words.length ? row.review_words : row.review_reasons;
      const reason = reasons.length ? ` · A person looks at it before anything is charged: ${reasons.join(" ")}` : "";
      const sure = row.probability === null ? "" : ` · all of it right: ${sureness(row.probability)}`;
      const loose = row.unexplained.length ? ` · not explained: ${row.unexplained.map(seen).join(", ")}` : "";
      const notes = row.notes.length ? ` · ${row.notes.join(" ")}` : "";
      say(foot, `Visit ${row.short}${took}${sure}${reason}${loose}${notes}`);
      trace(weights, row);
      sights(more, row.pictures);
    },
  );
}

function cloud(state) {
  byId("cloud-state").dataset.cloud = state.condition;
  say(byId("cloud-state"), CLOUD[state.condition]);
  say(byId("cloud-words"), state.words);
}

function devices(rows, buses) {
  const up = rows.filter((device) => device.condition === "up").length;
  say(byId("devices-words"), `${up} of ${rows.length} answer`);
  const build = () => h("li", { class: "device" }, h("span", { class: "lamp", "aria-hidden": "true" }), h("b"), h("span", { class: "quiet" }), h("span", { class: "error" }), h("span", { class: "counters quiet" }));
  const fill = (element, name, state, what, error, counters) => {
    const [, title, about, wrong, counts] = element.children;
    element.dataset.state = state;
    say(title, name);
    say(about, what);
    say(wrong, error ?? "");
    say(counts, Object.entries(counters).filter(([, count]) => count > 0).map(([key, count]) => `${COUNTS[key] ?? key.replaceAll("_", " ")} ${count.toLocaleString()}`).join(" · "));
  };
  keyed(byId("devices"), rows, (row) => row.name, build, (element, row) =>
    fill(element, row.name, row.condition, `${row.product}, ${row.condition === "up" ? "answers" : row.condition}`, row.condition === "up" ? null : row.last_error, row.counters),
  );
  keyed(byId("buses"), buses, (row) => row.name, build, (element, row) => {
    const busy = row.busy_fraction === null ? "" : `, ${Math.round(row.busy_fraction * 100)} % busy`;
    fill(element, row.name, row.connected ? "up" : "lost", `${row.url}${row.connected ? busy : ", not connected"}`, null, row.counters);
  });
}

/** Everything that only gets older. */
function ages() {
  const now = storeNow();
  const { cabinet, refusal, cloud: state, controller, visit, stock: { recount } } = snapshot;
  cameraAges(snapshot.eye, now);
  say(byId("recount-words"), recount === null ? "" : `Last staff visit, ${span(now - recount.at_s)} ago: ${recount.counted} of ${recount.full_units} units counted`);
  const left = cabinet.until_s === null ? "" : ` · ${span(cabinet.until_s - now)} left`;
  say(byId("timer"), `for ${span(now - cabinet.since_s)}${left}`);
  const over = refusal?.code === "out_of_service" && cabinet.may_enter;
  const fresh = refusal !== null && now - refusal.at_s < 30 && !over;
  byId("refusal").hidden = !fresh;
  say(byId("refusal"), fresh ? refusal.words : "");
  say(byId("visit"), visit === null ? "" : `${ROLES[visit.role]} ${visit.short}, ${span(now - visit.since_s)}`);
  facts(byId("cloud-facts"), [
    ["Waiting to be confirmed", state.depth === 0 ? "nothing" : counted(state.depth, "event")],
    ["Oldest waits for", state.oldest_since_s === null ? null : span(now - state.oldest_since_s)],
    ["Confirmed", state.confirmed_total.toLocaleString()],
    ["Last error", state.condition === "connected" ? null : state.last_error],
  ]);
  facts(byId("controller"), [
    ["Running for", span(now - controller.started_s)],
    ["Clock", CLOCK[controller.clock_sync]],
    ["Journal", `${bytes(controller.journal_bytes)}, ${counted(controller.facts, "fact")}`],
    ["Disk free", controller.disk_free_fraction === null ? null : `${Math.round(controller.disk_free_fraction * 100)} %`],
  ]);
}

// ---- acting ----------------------------------------------------------------------------------------------------------------------

async function post(path, body, answer) {
  say(answer, "…");
  try {
    const reply = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const told = await reply.json();
    const weight = told.accepted && told.learned_g ? ` ${told.each_g} g each; the store now takes ${told.learned_g} g.` : "";
    say(answer, `${told.words || told.detail || (told.accepted ? "Done." : "Refused.")}${weight}`);
  } catch {
    say(answer, "The controller does not answer. Try again.");
  }
}

byId("entry-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.namedItem("pass");
  post("/api/v1/entries", { pass: field.value }, byId("entry-answer"));
  field.value = "";
});
byId("service-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { by, reason } = event.target.elements;
  post("/api/v1/service", { action: event.submitter.value, by: by.value, reason: reason.value }, byId("service-answer"));
});

byId("count-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { plate, gtin, units, by } = event.target.elements;
  post("/api/v1/counts", { plate: plate.value, gtin: gtin.value, units: Number(units.value), by: by.value }, byId("count-answer"));
});

const panel = document.querySelector('meta[name="shopper-panel"]').content;
if (panel) import("./shopper.js").then(({ start }) => start(panel));
connect();
