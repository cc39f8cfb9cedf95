/** A state in a word or two, with a drawing so that colour is never the only sign. */

import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import "./badge.css";

export type Tone = "plain" | "good" | "warn" | "bad" | "note";

const MARKS: Record<Tone, IconName | null> = { plain: null, good: "check", warn: "warning", bad: "critical", note: "notice" };

export function Badge({ tone = "plain", icon, children }: { tone?: Tone; icon?: IconName | null; children: ReactNode }) {
  const mark = icon === undefined ? MARKS[tone] : icon;
  return (
    <span className="badge" data-tone={tone}>
      {mark !== null && <Icon name={mark} size={14} />}
      {children}
    </span>
  );
}
