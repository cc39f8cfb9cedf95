/** How a plate is, in a word. */

import type { Plate } from "../../api/store";
import { Badge, type Tone } from "../../parts/Badge";
import type { IconName } from "../../parts/Icon";
import { useWords } from "../../words/use";

const LOOKS: Record<Plate["condition"], readonly [Tone, IconName]> = {
  starting: ["plain", "again"],
  stable: ["plain", "check"],
  moving: ["note", "moving"],
  disturbed: ["warn", "warning"],
  faulted: ["bad", "critical"],
  lost: ["bad", "cloudOff"],
};

export function ConditionBadge({ plate }: { plate: Plate }) {
  const { t, known } = useWords();
  const [tone, icon] = LOOKS[plate.condition];
  if (plate.condition === "stable" && plate.quality !== "ok") {
    const settling = plate.quality === "unstable"; // an ordinary moment after each movement
    return (
      <Badge tone={settling ? "plain" : "warn"} icon={settling ? "moving" : "warning"}>
        {known(`quality.${plate.quality}`, plate.quality)}
      </Badge>
    );
  }
  return (
    <Badge tone={tone} icon={icon}>
      {t(`condition.${plate.condition}`)}
    </Badge>
  );
}
