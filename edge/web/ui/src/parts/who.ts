/** The name that somebody gave last in this browser: every act asks for one, nobody likes to type it twice. */

const KEPT_AS = "smartstore.who";
const MOST = 64; // characters; what the store takes for a name

/** "" where nobody has given one, or the browser keeps nothing. */
export function lastName(): string {
  try {
    return (localStorage.getItem(KEPT_AS) ?? "").slice(0, MOST);
  } catch {
    return "";
  }
}

export function keepName(name: string): void {
  try {
    localStorage.setItem(KEPT_AS, name.trim());
  } catch {
    // asked for again next time
  }
}
