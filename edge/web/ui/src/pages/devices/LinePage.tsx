/** One line: is it open, what was counted on it, and what goes over it. */

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";
import { useGet } from "../../api/use";
import { useAgain } from "../../api/useAgain";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { Counters } from "./Counters";
import { WireTrace } from "./WireTrace";
import "./device-page.css";

const LOOKED_MS = 2000; // between two looks at what was counted

export default function LinePage() {
  const { bus = "" } = useParams<{ bus: string }>();
  const { t, percent, known } = useWords();
  const { value, problem, again } = useGet("/api/v1/devices", {}, useAgain(LOOKED_MS));
  const line = value?.lines.find((one) => one.name === bus);
  let body: ReactNode;
  if (line !== undefined) {
    body = (
      <>
        {problem !== null && <Failure problem={problem} onAgain={again} />}
        <div className="device-page">
          <Card title={t("linePage.about")}>
            <Facts
              rows={[
                [t("linePage.url"), <span className="mono small">{line.url}</span>],
                [t("linePage.speed"), line.speed],
                [t("linePage.protocol"), known(`protocol.${line.protocol}`, line.protocol)],
                [t("linePage.busy"), line.busy_fraction === null ? null : percent(line.busy_fraction)],
                [
                  t("linePage.devices"),
                  line.devices.map((name, place) => (
                    <span key={name}>
                      {place > 0 && ", "}
                      <Link href={`/devices/${name}`} className="back-link">
                        {name}
                      </Link>
                    </span>
                  )),
                ],
              ]}
            />
            {line.trouble !== null && (
              <p className="device-failure small" data-now="true">
                {line.trouble}
              </p>
            )}
          </Card>
          <Card title={t("counters.title")} aside={t("buses.since")}>
            <Counters counters={line.counters} />
          </Card>
        </div>
        <WireTrace bus={bus} devices={line.devices} />
      </>
    );
  } else if (value !== null) body = <Card><Empty icon="question" title={t("linePage.none")} /></Card>;
  else body = <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>;
  return (
    <Page title={t("linePage.title", { bus })} actions={line !== undefined && <Badge tone={line.connected ? "good" : "bad"}>{t(line.connected ? "bus.connected" : "bus.closed")}</Badge>}>
      <p>
        <Link href="/devices" className="back-link">
          <Icon name="back" size={16} /> {t("devices.title")}
        </Link>
      </p>
      {body}
    </Page>
  );
}
