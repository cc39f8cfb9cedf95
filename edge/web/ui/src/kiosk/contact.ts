/** What a contact is to a phone. Pure. */

const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
const NUMBER = /^\+?[0-9][0-9 ()/.-]{4,}$/;

/** The address that calls or writes to it; null for a sentence. */
export function linkOf(contact: string): string | null {
  const text = contact.trim();
  if (EMAIL.test(text)) return `mailto:${encodeURIComponent(text).replaceAll("%40", "@")}`;
  return NUMBER.test(text) ? `tel:${text.replace(/[^0-9+]/g, "")}` : null;
}
