/** Alarms that are present: one line a kind, since one cut cable takes many plates away. */

import type { Alarm, Severity } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Age } from "../../parts/Figures";
import { Icon, type IconName } from "../../parts/Icon";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { useNames } from "../visits/useNames";
import "./attention.css";

const MARKS: Record<Severity, IconName> = { notice: "notice", warning: "warning", critical: "critical" };
const ORDER: readonly Severity[] = ["critical", "warning", "notice"];

export function Attention() {
  const { t, plural } = useWords();
  const alarms = useSnapshot((snapshot) => snapshot.alarms);
  const groups = grouped(alarms);
  return (
    <Card className="today-attention" title={t("attention.title")} aside={groups.length > 0 ? plural("attention.count", groups.length) : undefined}>
      <div role="status">
        {groups.length === 0 ? (
          <Empty calm title={t("attention.none.title")}>{t("attention.none.words")}</Empty>
        ) : (
          <ul className="attention">
            {groups.map((group) => (
              <AlarmRow key={group[0].code} alarms={group} />
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

function AlarmRow({ alarms }: { alarms: AlarmGroup }) {
  const { t, known, list } = useWords();
  const names = useNames();
  const [first] = alarms;
  const subjects = alarms.map(({ subject }) => names.get(subject) ?? subject);
  const since = Math.min(...alarms.map((alarm) => alarm.since_s ?? Number.POSITIVE_INFINITY));
  return (
    <li className="attention-row" data-severity={first.severity}>
      <span className="attention-mark">
        <Icon name={MARKS[first.severity]} size={20} />
      </span>
      <div>
        <p className="attention-words">{known(`fault.${first.code}.words`, first.words)}</p>
        <p className="quiet small">
          <span className="attention-severity">{t(`severity.${first.severity}`)}</span>
          {" · "}
          {list(subjects)}
          {Number.isFinite(since) && (
            <>
              {" · "}
              <Age since={since} ago />
            </>
          )}
        </p>
        <p className="small attention-act">{known(`fault.${first.code}.action`, first.action)}</p>
        {alarms.length === 1 && first.detail !== "" && <p className="quiet small">{first.detail}</p>}
        {first.latched && <p className="quiet small">{t("attention.latched")}</p>}
      </div>
    </li>
  );
}

type AlarmGroup = readonly [Alarm, ...Alarm[]];

function grouped(alarms: readonly Alarm[]): AlarmGroup[] {
  const groups = new Map<string, [Alarm, ...Alarm[]]>();
  for (const alarm of alarms) {
    const known = groups.get(alarm.code);
    if (known === undefined) groups.set(alarm.code, [alarm]);
    else known.push(alarm);
  }
  return [...groups.values()].sort(([one], [other]) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
}
