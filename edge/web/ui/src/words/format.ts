/** Money, weight, time and shares as people of one language write them. Pure but for the time zone, which is the browser's. */

const NBSP = "\u00a0";
const MINUS = "\u2212";
const SURE = 0.995; // above that a rounded percentage would claim certainty
const WHOLE_FROM_G = 100; // grams; from here on a tenth of a gram tells a person nothing
const BYTES = [[1, "B"], [1e3, "kB"], [1e6, "MB"], [1e9, "GB"], [1e12, "TB"]] as const; // as disks and their makers count

export type Grams = number | null;

export interface Format {
  readonly number: (value: number) => string;
  /** `minor` units of a currency (cents) with its sign. */
  readonly money: (minor: number, currency: string) => string;
  /** "412 g", "1.24 kg"; a dash where no weight is known. */
  readonly weight: (grams: Grams) => string;
  /** A weight to the tenth of a gram, for single pieces: "43.2 g". */
  readonly exact: (grams: number) => string;
  /** A number of bytes: "486 kB", "1.2 MB". */
  readonly bytes: (count: number) => string;
  /** A change of weight with its sign: "−44.1 g", "+1.24 kg". */
  readonly change: (grams: number) => string;
  /** "99.8 %" is "> 99 %": nothing is certain. */
  readonly percent: (share: number) => string;
  /** "12 sec", "3 min", "2 hr 5 min", "4 days": never finer than a person needs. Negative spans read as nothing. */
  readonly span: (seconds: number) => string;
  /** "3 min. ago". */
  readonly ago: (seconds: number) => string;
  /** Hours and minutes of a wall-clock time in seconds. */
  readonly time: (unixS: number) => string;
  /** With seconds. */
  readonly moment: (unixS: number) => string;
  /** "Today", "Yesterday", else weekday and date, as seen at `nowUnixS`. */
  readonly day: (unixS: number, nowUnixS: number) => string;
  /** Date and time, in full. */
  readonly date: (unixS: number) => string;
  /** "A, B and C". */
  readonly list: (items: readonly string[]) => string;
}

/** `language` is a BCP 47 tag. `timeZone` only for tests; the browser's otherwise. */
export function formatOf(language: string, timeZone?: string): Format {
  const zone = timeZone === undefined ? {} : { timeZone };
  const plain = new Intl.NumberFormat(language);
  const decimals = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [whole, tenth, hundredth] = [decimals(0), decimals(1), decimals(2)];
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const unit = (name: string): Intl.NumberFormat => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" });
  const units = { second: unit("second"), minute: unit("minute"), hour: unit("hour"), day: unit("day") };
  const relative = new Intl.RelativeTimeFormat(language, { style: "short" });
  const named = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", ...zone });
  const moment = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", second: "2-digit", ...zone });
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", ...zone });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", ...zone });
  const list = new Intl.ListFormat(language, { style: "long", type: "conjunction" });
  const currencies = new Map<string, Intl.NumberFormat>();

  const weight = (grams: number): string => {
    const size = Math.abs(grams);
    const sign = grams < 0 ? MINUS : "";
    if (size >= 999.5) return `${sign}${hundredth.format(size / 1000)}${NBSP}kg`;
    const told = whole.format(size);
    return `${told === whole.format(0) ? "" : sign}${told}${NBSP}g`;
  };

  return {
    number: (value) => plain.format(value),
    money: (minor, currency) => {
      let known = currencies.get(currency);
      if (known === undefined) currencies.set(currency, (known = new Intl.NumberFormat(language, { style: "currency", currency })));
      return known.format(minor / 10 ** (known.resolvedOptions().maximumFractionDigits ?? 2));
    },
    weight: (grams) => (grams === null ? "–" : weight(grams)),
    exact: (grams) => `${grams < 0 ? MINUS : ""}${tenth.format(Math.abs(grams))}${NBSP}g`,
    bytes: (count) => {
      const step = BYTES.findLast(([least]) => count >= least) ?? BYTES[0];
      return `${(count / step[0] >= 10 || step[0] === 1 ? whole : tenth).format(count / step[0])}${NBSP}${step[1]}`;
    },
    change: (grams) => {
      const size = Math.abs(grams);
      const sign = grams < 0 ? MINUS : "+";
      if (size >= WHOLE_FROM_G) return `${sign}${weight(size)}`;
      return `${sign}${tenth.format(size)}${NBSP}g`;
    },
    percent: (value) => (value >= SURE ? `>${NBSP}${share.format(0.99)}` : value > 0 && value < 0.005 ? `<${NBSP}${share.format(0.01)}` : share.format(value)),
    span: (seconds) => span(Math.max(0, seconds), units),
    ago: (seconds) => {
      const [count, name] = coarse(Math.max(0, seconds));
      return relative.format(-count, name);
    },
    time: (unixS) => time.format(unixS * 1000),
    moment: (unixS) => moment.format(unixS * 1000),
    day: (unixS, nowUnixS) => {
      const back = calendarDays(nowUnixS, zone) - calendarDays(unixS, zone);
      return back === 0 || back === 1 ? capital(named.format(-back, "day"), language) : day.format(unixS * 1000);
    },
    date: (unixS) => date.format(unixS * 1000),
    list: (items) => list.format(items),
  };
}

type SpanUnits = Record<"second" | "minute" | "hour" | "day", Intl.NumberFormat>;

function span(seconds: number, units: SpanUnits): string {
  if (seconds < 60) return units.second.format(Math.floor(seconds));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return units.minute.format(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? units.hour.format(hours) : `${units.hour.format(hours)} ${units.minute.format(minutes % 60)}`;
  return units.day.format(Math.floor(hours / 24));
}

function coarse(seconds: number): [number, "second" | "minute" | "hour" | "day"] {
  if (seconds < 60) return [Math.floor(seconds), "second"];
  if (seconds < 3600) return [Math.floor(seconds / 60), "minute"];
  if (seconds < 86_400) return [Math.floor(seconds / 3600), "hour"];
  return [Math.floor(seconds / 86_400), "day"];
}

/** Days since 1970 of the calendar day that this moment lies in. */
function calendarDays(unixS: number, zone: { timeZone?: string }): number {
  const [year, month, day] = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", ...zone })
    .format(unixS * 1000)
    .split("-")
    .map(Number);
  return Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1) / 86_400_000;
}

const capital = (text: string, language: string): string => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
