/** Whom to ask for help, where the shop names somebody. */

import { useLine } from "./store";
import { useWords } from "../words/use";
import { linkOf } from "./contact";

export function Contact() {
  const { t } = useWords();
  const contact = useLine(({ snapshot }) => snapshot?.contact ?? "");
  if (contact === "") return null;
  const href = linkOf(contact);
  return (
    <p className="kiosk-contact">
      {t("kiosk.contact")} {href === null ? contact : <a href={href}>{contact}</a>}
    </p>
  );
}
