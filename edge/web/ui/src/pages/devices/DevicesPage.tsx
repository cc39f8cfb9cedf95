/** The machine: how every part of it is, what its lines have counted, the way to the cloud, the controller itself. */

import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { CloudCard } from "../today/CloudCard";
import { ControllerCard } from "./ControllerCard";
import { DeviceLine } from "./DeviceLine";
import { BusLine } from "./BusLine";
import { HealthStrip } from "./HealthStrip";
import "./devices.css";

export default function DevicesPage() {
  const { t } = useWords();
  return (
    <Page title={t("devices.title")}>
      <HealthStrip />
      <div className="devices-page">
        <div className="stack">
          <Devices />
          <Buses />
        </div>
        <div className="stack">
          <CloudCard full />
          <ControllerCard />
          <Further />
        </div>
      </div>
    </Page>
  );
}

function Devices() {
  const { t, number } = useWords();
  const devices = useSnapshot((snapshot) => snapshot.devices);
  const up = devices.filter((device) => device.condition === "up").length;
  return (
    <Card flush title={t("devices.all")} aside={t("devices.answer", { up: number(up), all: number(devices.length) })}>
      {devices.length === 0 ? (
        <Empty icon="device" title={t("devices.none.title")}>
          {t("devices.none.words")}
        </Empty>
      ) : (
        <ul>
          {devices.map((device) => (
            <DeviceLine key={device.name} device={device} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Buses() {
  const { t } = useWords();
  const buses = useSnapshot((snapshot) => snapshot.buses);
  if (buses.length === 0) return null;
  return (
    <Card flush title={t("buses.title")} aside={t("buses.since")}>
      <ul>
        {buses.map((bus) => (
          <BusLine key={bus.name} bus={bus} />
        ))}
      </ul>
    </Card>
  );
}

/** What others read of this store. */
function Further() {
  const { t } = useWords();
  const served = [
    { address: "/metrics", words: t("further.metrics") },
    { address: "/api/v1/snapshot", words: t("further.snapshot") },
    { address: "/api/v1/openapi.json", words: t("further.openapi") },
  ];
  return (
    <Card title={t("further.title")}>
      <ul className="further">
        <li>
          <Link href="/alarms/faults">
            {t("faults.title")} <Icon name="forward" size={16} />
          </Link>
        </li>
        {served.map(({ address, words }) => (
          <li key={address}>
            <a href={address} target="_blank" rel="noreferrer">
              {words} <Icon name="out" size={16} />
            </a>{" "}
            <span className="small quiet mono">{address}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
