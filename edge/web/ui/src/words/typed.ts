/** Numbers as people type them: 1,99 or 1.99 or 1 199,00. Whole units of the last decimal, so that money never becomes a fraction. Pure. */

/** `units`: of 10^-decimals; or why it is no number: nothing was typed, it cannot be read, or it has more decimals than count. */
export type Typed = { readonly units: number } | { readonly wrong: "empty" | "garbled" | "fine" };

const DECORATION = /[\s\u00a0\u202f'’%]|\p{Sc}/gu; // what people put around and into a number
const MOST_DIGITS = 12; // far beyond every price and weight, and still exact

/** `text` with at most `decimals` decimals. A comma and a point both begin them; where only whole units count they part thousands. */
export function typed(text: string, decimals: number): Typed {
  const plain = text.normalize("NFKC").replace(DECORATION, "");
  if (plain === "") return { wrong: "empty" };
  if (!/^\d*(?:[.,]\d+)*[.,]?$/.test(plain) || !/\d/.test(plain)) return { wrong: "garbled" };
  const at = decimalAt(plain, decimals);
  const whole = (at === null ? plain : plain.slice(0, at)).replace(/[.,]/g, "");
  const part = at === null ? "" : plain.slice(at + 1);
  if (at !== null && !grouped(plain.slice(0, at))) return { wrong: "garbled" };
  if (part.length > decimals) return { wrong: "fine" };
  if (whole.length + decimals > MOST_DIGITS) return { wrong: "garbled" };
  return { units: Number(whole + part.padEnd(decimals, "0")) };
}

/** The number as it stands in a field: `units` of 10^-decimals with the decimal sign of `language`, without what parts thousands. */
export function written(units: number, decimals: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false }).format(units / 10 ** decimals);
}

/** The same without zeros at its end: 19, 7.5. */
export function shortest(units: number, decimals: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: decimals, useGrouping: false }).format(units / 10 ** decimals);
}

/** How many decimals a currency has: 2 for EUR, 0 for JPY. */
export function decimalsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Where the decimals begin; null where no sign begins any: there is none, or all of them part thousands. */
function decimalAt(plain: string, decimals: number): number | null {
  const signs = [...plain].flatMap((sign, place) => (sign === "." || sign === "," ? [place] : []));
  const last = signs.at(-1);
  if (last === undefined) return null;
  const alike = signs.length > 1 && signs.every((place) => plain[place] === plain[last]);
  const thousands = grouped(plain) && (alike || decimals === 0);
  return thousands ? null : last;
}

/** Whether whatever signs stand in it part thousands. */
const grouped = (plain: string): boolean => /^(\d*|\d{1,3}(\.\d{3})+|\d{1,3}(,\d{3})+)$/.test(plain);
