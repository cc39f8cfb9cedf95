/** One device: what it measures now, who it is, how it failed last, and what goes over its line. */

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import type { Got } from "../../api/client";
import { useGet } from "../../api/use";
import { useAgain } from "../../api/useAgain";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Age } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { Counters } from "./Counters";
import { DEVICE_TONES } from "./health";
import { WireTrace } from "./WireTrace";
import "./device-page.css";

export type DeviceDetail = Got<"/api/v1/devices">["devices"][number];

const LOOKED_MS = 1000; // between two looks at what it measures

export default function DevicePage() {
  const { device: name = "" } = useParams<{ device: string }>();
  const { t } = useWords();
  const { value, problem, again } = useGet("/api/v1/devices", {}, useAgain(LOOKED_MS));
  const device = value?.devices.find((one) => one.name === name);
  let body: ReactNode;
  if (device !== undefined && value !== null) {
    const line = value.lines.find((one) => one.name === device.bus);
    body = (
      <>
        {problem !== null && <Failure problem={problem} onAgain={again} />}
        <div className="device-page">
          <Now device={device} />
          <div className="stack">
            <Who device={device} />
            <Card title={t("counters.title")} aside={t("buses.since")}>
              <Counters counters={device.counters} />
            </Card>
          </div>
        </div>
        <WireTrace bus={device.bus} devices={line?.devices ?? []} first={name} />
      </>
    );
  } else if (value !== null) body = <Card><Empty icon="question" title={t("devicePage.none")} /></Card>;
  else body = <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>;
  return (
    <Page title={name} actions={device !== undefined && <Badge tone={DEVICE_TONES[device.condition]}>{t(`device.${device.condition}`)}</Badge>}>
      <p>
        <Link href="/devices" className="back-link">
          <Icon name="back" size={16} /> {t("devices.title")}
        </Link>
      </p>
      {body}
    </Page>
  );
}

function Who({ device }: { device: DeviceDetail }) {
  const { t } = useWords();
  return (
    <Card title={t("devicePage.who")}>
      <Facts
        rows={[
          [t("devicePage.product"), device.title],
          [t("devicePage.driver"), `${device.driver} / ${device.product}`],
          [
            t("devicePage.line"),
            <Link href={`/devices/lines/${device.bus}`} className="back-link">
              {device.bus}
            </Link>,
          ],
          [t("devicePage.address"), device.address],
          [t("devicePage.serial"), device.serial],
          [t("devicePage.firmware"), device.firmware],
          [t("devicePage.seen"), device.seen_s === null ? t("devicePage.never") : <Age since={device.seen_s} ago />],
          [t("devicePage.failed"), device.failed_s === null ? t("devicePage.notFailed") : <Age since={device.failed_s} ago />],
        ]}
      />
      {device.failure !== null && (
        <p className="device-failure small" data-now={device.condition !== "up"}>
          {device.failure}
        </p>
      )}
    </Card>
  );
}

function Now({ device }: { device: DeviceDetail }) {
  const { t } = useWords();
  const { inputs, channels, outputs } = device;
  if (inputs.length + channels.length + outputs.length === 0) {
    return (
      <Card title={t("devicePage.now")}>
        <Empty icon="device" title={t("devicePage.nothing")} />
      </Card>
    );
  }
  return (
    <div className="stack">
      {channels.length > 0 && <Channels device={device} />}
      {inputs.length > 0 && <Inputs device={device} />}
      {outputs.length > 0 && <Outputs outputs={outputs} />}
    </div>
  );
}

function ReadAgo({ at }: { at: number | null }) {
  const { t } = useWords();
  if (at === null) return null;
  return (
    <>
      {t("devicePage.read")} <Age since={at} ago />
    </>
  );
}

function Channels({ device }: { device: DeviceDetail }) {
  const { t, exact, known } = useWords();
  return (
    <Card title={t("devicePage.channels")} aside={<ReadAgo at={device.weighed_s} />}>
      <ul className="readings">
        {device.channels.map((channel) => (
          <li key={channel.index}>
            <span className="quiet small">{t("devicePage.channel", { index: channel.index })}</span>
            <strong className="figure">{exact(channel.grams)}</strong>
            <span className="small">{channel.plate == null ? t("devicePage.unused") : t("devicePage.plate", { plate: channel.plate })}</span>
            {channel.quality !== "ok" && <Badge tone="warn">{known(`quality.${channel.quality}`, channel.quality)}</Badge>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Inputs({ device }: { device: DeviceDetail }) {
  const { t } = useWords();
  return (
    <Card title={t("devicePage.inputs")} aside={<ReadAgo at={device.inputs_s} />}>
      <ul className="readings">
        {device.inputs.map((input) => (
          <li key={input.index} data-high={input.high}>
            <span className="quiet small">{t("devicePage.input", { index: input.index })}</span>
            <strong>{t(input.high ? "devicePage.high" : "devicePage.low")}</strong>
            <span className="small">{input.door == null || input.sensor == null ? t("devicePage.unused") : t(`devicePage.${input.sensor}`, { door: input.door })}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Outputs({ outputs }: { outputs: DeviceDetail["outputs"] }) {
  const { t, number } = useWords();
  return (
    <Card title={t("devicePage.outputs")}>
      <ul className="readings">
        {outputs.map((output) => (
          <li key={output.index}>
            <span className="quiet small">{t("devicePage.output", { index: output.index })}</span>
            <strong>
              {output.pulsed_s == null ? t("devicePage.noPulse") : <Age since={output.pulsed_s} ago />}
            </strong>
            <span className="small">
              {t("devicePage.lock", { door: output.door })}
              {output.pulse_s != null && ` · ${t("devicePage.pulse", { seconds: number(output.pulse_s) })}`}
            </span>
          </li>
        ))}
      </ul>
      <p className="small quiet">{t("devicePage.pulseMeans")}</p>
    </Card>
  );
}
