/** One serial line: is it open, does it answer, what went wrong on it since the start; all its counters behind a fold. */

import { Link } from "wouter";
import { Badge } from "../../parts/Badge";
import { Facts } from "../../parts/Facts";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { type Bus, type Counted, repliedShare, trafficOf, troublesOf } from "./health";

export function BusLine({ bus }: { bus: Bus }) {
  const { t, number, percent, known } = useWords();
  const may = useMay();
  const share = repliedShare(bus.counters);
  const troubles = troublesOf(bus.counters);
  const named = ({ name }: Counted): string => known(`counter.${name}`, name.replaceAll("_", " "));
  const rows = [...trafficOf(bus.counters), ...troubles].map((one) => [named(one), number(one.count)] as const);
  return (
    <li className="machine" data-state={bus.connected ? "up" : "lost"}>
      <div>
        <p className="machine-name">{may("devices") ? <Link href={`/devices/lines/${bus.name}`}>{bus.name}</Link> : bus.name}</p>
        <p className="small quiet mono machine-url">{bus.url}</p>
      </div>
      <div className="small">
        {share !== null && <p>{t("device.answered", { share: share === 1 ? t("device.every") : percent(share) })}</p>}
        {bus.busy_fraction !== null && <p className="quiet">{t("bus.busy", { share: percent(bus.busy_fraction) })}</p>}
        {troubles.length === 0 ? (
          <p className="quiet">{t("bus.clean")}</p>
        ) : (
          troubles.slice(0, 3).map((one) => (
            <p key={one.name} className="machine-trouble">
              {t("bus.trouble", { what: named(one), count: number(one.count) })}
            </p>
          ))
        )}
      </div>
      <Badge tone={bus.connected ? "good" : "bad"}>{t(bus.connected ? "bus.connected" : "bus.closed")}</Badge>
      {rows.length > 0 && (
        <details className="machine-counters small">
          <summary>{t("bus.counters")}</summary>
          <Facts rows={rows} />
        </details>
      )}
    </li>
  );
}
