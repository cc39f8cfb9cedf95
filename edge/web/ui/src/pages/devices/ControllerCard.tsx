/** The controller: version, running time, clock, journal, disk. */

import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Age } from "../../parts/Figures";
import { useWords } from "../../words/use";

export function ControllerCard() {
  const { t, number, bytes, percent } = useWords();
  const controller = useSnapshot((snapshot) => snapshot.controller);
  const prices = useSnapshot((snapshot) => snapshot.price_version);
  return (
    <Card title={t("controller.title")}>
      <Facts
        rows={[
          [t("controller.version"), controller.version],
          [t("controller.running"), <Age since={controller.started_s} />],
          [t("controller.clock"), t(`clock.${controller.clock_sync}`)],
          [t("controller.disk"), controller.disk_free_fraction === null ? null : percent(controller.disk_free_fraction)],
          [t("controller.journal"), bytes(controller.journal_bytes)],
          [t("controller.facts"), number(controller.facts)],
          [t("controller.prices"), prices],
          [t("controller.boot"), <span className="mono small">{controller.boot_id.slice(0, 8)}</span>],
        ]}
      />
    </Card>
  );
}
