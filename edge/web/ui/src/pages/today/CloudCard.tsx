/** The way to the cloud: does it confirm, what waits, since when. */

import type { Cloud } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Age } from "../../parts/Figures";
import { Facts } from "../../parts/Facts";
import { detailOf } from "../../words/said";
import { useWords } from "../../words/use";

const TONES: Record<Cloud["condition"], Tone> = { off: "plain", connecting: "warn", waiting: "note", connected: "good", lost: "bad" };

/** `full`: with what a technician asks beyond that. */
export function CloudCard({ full = false }: { full?: boolean }) {
  const words = useWords();
  const { t, number } = words;
  const cloud = useSnapshot((snapshot) => snapshot.cloud);
  return (
    <Card className="today-cloud" title={t("cloud.title")} aside={<Badge tone={TONES[cloud.condition]}>{t(`cloud.${cloud.condition}`)}</Badge>}>
      <Facts
        rows={[
          [t("cloud.waiting.events"), number(cloud.depth)],
          [t("cloud.oldest"), cloud.oldest_since_s === null ? null : <Age since={cloud.oldest_since_s} />],
          [t("cloud.confirmed"), number(cloud.confirmed_total)],
          [t("cloud.stored"), full ? number(cloud.stored_total) : null],
          [t("cloud.error"), cloud.condition === "connected" && !full ? null : cloud.last_error === null ? null : detailOf(words, cloud.said, cloud.last_error)],
        ]}
      />
    </Card>
  );
}
