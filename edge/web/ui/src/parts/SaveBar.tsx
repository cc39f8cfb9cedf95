/** What was changed on a page and can be saved, always in reach at its lower edge. */

import type { ReactNode } from "react";
import { useWords } from "../words/use";
import "./save-bar.css";

/** `wide`: on a phone, what is said stands above what can be done. */
export function SaveBar({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  const { t } = useWords();
  return (
    <div className="save-bar" data-wide={wide} role="group" aria-label={t("saveBar.label")}>
      {children}
    </div>
  );
}
