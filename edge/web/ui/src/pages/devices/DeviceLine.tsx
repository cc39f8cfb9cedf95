/** One device: does it answer, how reliably, what it last complained of. */

import { Link } from "wouter";
import { Badge } from "../../parts/Badge";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { answeredShare, type Device, DEVICE_TONES } from "./health";

export function DeviceLine({ device }: { device: Device }) {
  const { t, number, percent, plural } = useWords();
  const share = answeredShare(device.counters);
  const lost = device.counters["times_lost"] ?? 0;
  const may = useMay();
  return (
    <li className="machine" data-state={device.condition}>
      <div>
        <p className="machine-name">{may("devices") ? <Link href={`/devices/${device.name}`}>{device.name}</Link> : device.name}</p>
        <p className="small quiet">
          {device.product}
          {device.bus !== null && ` · ${t("device.on", { bus: device.bus })}`}
        </p>
      </div>
      <div className="small">
        {share !== null && (
          <>
            <p>{t("device.answered", { share: share === 1 ? t("device.every") : percent(share) })}</p>
            <p className="quiet">{t("device.asked", { hits: number(device.counters["hits"] ?? 0), misses: number(device.counters["misses"] ?? 0) })}</p>
          </>
        )}
        {lost > 0 && <p className="machine-trouble">{plural("device.lostTimes", lost)}</p>}
      </div>
      <Badge tone={DEVICE_TONES[device.condition]}>{t(`device.${device.condition}`)}</Badge>
      {device.last_error !== null && (
        <p className="machine-error small" data-now={device.condition !== "up"}>
          <span className="quiet">{t("device.error")}</span> {device.last_error}
        </p>
      )}
    </li>
  );
}
