/** Everything that is wrong now, what to do about it, and the cabinet taken out of service and back. */

import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { Hero } from "../today/Hero";
import { AlarmRow } from "./AlarmRow";
import { groupsOf } from "./groups";
import { AcknowledgeButton, ServiceButton } from "./ServiceButtons";
import "./alarms.css";

export default function AlarmsPage() {
  const { t, plural } = useWords();
  const alarms = useSnapshot((snapshot) => snapshot.alarms);
  const groups = groupsOf(alarms);
  return (
    <Page
      title={t("alarms.title")}
      actions={
        <>
          <AcknowledgeButton />
          <ServiceButton />
        </>
      }
    >
      <Hero />
      <Card title={t("alarms.present")} {...(groups.length > 0 ? { aside: plural("attention.count", groups.length) } : {})}>
        <div role="status">
          {groups.length === 0 ? (
            <Empty calm title={t("attention.none.title")}>{t("attention.none.words")}</Empty>
          ) : (
            <ul>
              {groups.map((group) => (
                <AlarmRow key={group.code} group={group} full />
              ))}
            </ul>
          )}
        </div>
      </Card>
      <p>
        <Link href="/alarms/faults" className="alarms-reference">
          {t("faults.title")} <Icon name="forward" size={16} />
        </Link>
      </p>
    </Page>
  );
}
