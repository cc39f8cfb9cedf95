// Small tools for a page that is filled again and again: text only (never markup from data), rows kept by key so that focus stays.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. `onclick` takes a function. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Set text only where it differs: screen readers announce changes, not repetitions. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Make the children of `list` match `rows`: `build(row)` makes an element once, `fill(element, row)` brings it up to date. */
export function keyed(list, rows, keyOf, build, fill) {
  const present = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const row of rows) {
    const key = String(keyOf(row));
    let element = present.get(key);
    if (element) present.delete(key);
    else {
      element = build(row);
      element.dataset.key = key;
    }
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
    fill(element, row);
  }
  for (const gone of present.values()) gone.remove();
}

/** Pairs of term and value as a definition list. */
export function facts(list, pairs) {
  keyed(
    list,
    pairs.filter(([, value]) => value != null),
    ([term]) => term,
    ([term]) => h("div", {}, h("dt", {}, term), h("dd")),
    (element, [, value]) => say(element.lastElementChild, String(value)),
  );
}

/** A function that turns minor units into an amount of this currency, as the reader's locale writes it. */
export function moneyOf(currency) {
  let format;
  try {
    format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  } catch {
    return (minor) => `${(minor / 100).toFixed(2)} ${currency}`;
  }
  const scale = 10 ** format.resolvedOptions().maximumFractionDigits;
  return (minor) => format.format(minor / scale);
}

/** A span of seconds in words short enough for a chip. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ""}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** A moment on the wall clock, to the second. */
export const clock = (unix_s) => new Date(unix_s * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** How sure the store is of a line. Never 100 %: a weight cannot prove a product. */
export function sureness(probability) {
  return probability >= 0.99 ? "over 99 % sure" : `${Math.floor(probability * 100 + 1e-9)} % sure`;
}

/** `1 plate`, `1,200 plates`. */
export const counted = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

/** A number of bytes for people. */
export function bytes(count) {
  if (count < 1024) return `${count} B`;
  const unit = count < 1024 ** 2 ? ["kB", 1024] : count < 1024 ** 3 ? ["MB", 1024 ** 2] : ["GB", 1024 ** 3];
  return `${(count / unit[1]).toFixed(1)} ${unit[0]}`;
}
