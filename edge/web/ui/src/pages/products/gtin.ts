/** Article numbers as they are typed or scanned: 8, 12, 13 or 14 digits, the last of which checks the others. Pure. */

export type GtinWrong = "empty" | "letters" | "length" | "zeros" | "digit";

const LENGTHS: readonly number[] = [8, 12, 13, 14];
const AIM = /^\][A-Za-z]\d/; // what a scanner puts before a code to say its kind
const ELEMENT = /^\(?01\)?(\d{14})/; // a GS1 element string begins with the article's number
const LINK = /\/01\/(\d{8,14})(?!\d)/; // a GS1 digital link has it in its path

/** The digit that makes `digits` (without one) a GTIN: weights 3, 1, 3 … from the right, up to the next multiple of ten. */
export function checkDigit(digits: string): number {
  const total = [...digits].reverse().reduce((sum, digit, place) => sum + Number(digit) * (place % 2 === 0 ? 3 : 1), 0);
  return (10 - (total % 10)) % 10;
}

/** The number in what a scanner sent or somebody typed, without what stands around it. Not checked. */
export function scanned(text: string): string {
  const plain = text.normalize("NFKC").trim().replace(AIM, "");
  const found = LINK.exec(plain)?.[1] ?? ELEMENT.exec(plain)?.[1];
  return found ?? plain.replace(/[\s\u00a0-]/g, "");
}

/** What is wrong with `gtin`, null where it is right. */
export function gtinWrong(gtin: string): GtinWrong | null {
  if (gtin === "") return "empty";
  if (!/^\d+$/.test(gtin)) return "letters";
  if (!LENGTHS.includes(gtin.length)) return "length";
  if (/^0+$/.test(gtin)) return "zeros";
  return checkDigit(gtin.slice(0, -1)) === Number(gtin.at(-1)) ? null : "digit";
}

/** Whether both are one article: shorter numbers are longer ones without their leading zeros. */
export const sameArticle = (one: string, other: string): boolean => one.padStart(14, "0") === other.padStart(14, "0");
