/** What is wrong, worst first, and the way to all that is known of it. */

import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { AlarmRow } from "../alarms/AlarmRow";
import { groupsOf } from "../alarms/groups";
import { AcknowledgeButton } from "../alarms/ServiceButtons";
import "./latest.css";

export function Attention() {
  const { t, plural } = useWords();
  const alarms = useSnapshot((snapshot) => snapshot.alarms);
  const groups = groupsOf(alarms);
  const all = (
    <Link className="latest-all" href="/alarms">
      {plural("attention.count", groups.length)}
    </Link>
  );
  return (
    <Card className="today-attention" title={t("attention.title")} {...(groups.length > 0 ? { aside: all } : {})}>
      <div role="status">
        {groups.length === 0 ? (
          <Empty calm title={t("attention.none.title")}>{t("attention.none.words")}</Empty>
        ) : (
          <ul>
            {groups.map((group) => (
              <AlarmRow key={group.code} group={group} />
            ))}
          </ul>
        )}
      </div>
      <div className="today-acknowledge">
        <AcknowledgeButton />
      </div>
    </Card>
  );
}
