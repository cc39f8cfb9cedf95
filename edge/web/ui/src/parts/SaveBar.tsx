/** What was changed on a page and can be saved, always in reach at its lower edge. */

import type { ReactNode } from "react";
import { useWords } from "../words/use";
import "./save-bar.css";

export function SaveBar({ children }: { children: ReactNode }) {
  const { t } = useWords();
  return (
    <div className="save-bar" role="group" aria-label={t("saveBar.label")}>
      {children}
    </div>
  );
}
