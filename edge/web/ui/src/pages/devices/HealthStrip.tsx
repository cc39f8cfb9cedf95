/** Every part of the store at a glance. */

import type { ReactNode } from "react";
import { useSnapshot } from "../../api/use";
import { Icon, type IconName } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { type Health, healthOf, type Part } from "./health";
import "./health.css";

const DRAWINGS: Record<Part, IconName> = { devices: "device", lines: "line", plates: "weight", cameras: "camera", cloud: "cloud", clock: "clock", disk: "stock" };
const MARKS: Partial<Record<Health["tone"], IconName>> = { good: "check", warn: "warning", bad: "critical" };

export function HealthStrip() {
  const { t } = useWords();
  const told = useSnapshot((snapshot) => JSON.stringify(healthOf(snapshot)));
  return (
    <ul className="health" aria-label={t("health.title")}>
      {(JSON.parse(told) as Health[]).map((health) => (
        <li key={health.part} data-tone={health.tone}>
          <Icon name={DRAWINGS[health.part]} size={20} />
          <span>
            <span className="health-part">{t(`health.${health.part}`)}</span>
            <strong>
              <Figure health={health} />
            </strong>
          </span>
          <Icon name={MARKS[health.tone] ?? "notice"} size={18} />
        </li>
      ))}
    </ul>
  );
}

function Figure({ health }: { health: Health }): ReactNode {
  const { t, number, percent } = useWords();
  const cloud = useSnapshot((snapshot) => snapshot.cloud.condition);
  const clock = useSnapshot((snapshot) => snapshot.controller.clock_sync);
  const free = useSnapshot((snapshot) => Math.floor((snapshot.controller.disk_free_fraction ?? 0) * 100) / 100);
  if (health.well !== null && health.all !== null) return t("health.of", { well: number(health.well), all: number(health.all) });
  if (health.part === "cloud") return t(`cloud.${cloud}`);
  return health.part === "clock" ? t(`clock.${clock}.short`) : t("health.free", { share: percent(free) });
}
