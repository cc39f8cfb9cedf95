/** One kind of alarm: what is wrong, with what, since when, and what to do about it. */

import type { Alarm, Severity } from "../../api/store";
import { Age } from "../../parts/Figures";
import { Icon, type IconName } from "../../parts/Icon";
import { detailOf } from "../../words/said";
import { useWords } from "../../words/use";
import { useNames } from "../visits/useNames";
import type { AlarmGroup } from "./groups";
import { OneButton } from "./ServiceButtons";
import "./alarm-row.css";

const MARKS: Record<Severity, IconName> = { notice: "notice", warning: "warning", critical: "critical" };
const STORE = "store"; // the subject of what concerns no single door, plate, device or product

/** `full`: each subject with what is known of it, on a line of its own. */
export function AlarmRow({ group, full = false }: { group: AlarmGroup; full?: boolean }) {
  const words = useWords();
  const { t, known, list } = words;
  const names = useNames();
  const [first] = group.alarms;
  const called = (alarm: Alarm): string => (alarm.subject === STORE ? t("alarms.store") : (names.get(alarm.subject) ?? alarm.subject));
  const alone = group.alarms.length === 1;
  return (
    <li className="alarm" data-severity={group.severity}>
      <span className="alarm-mark">
        <Icon name={MARKS[group.severity]} size={20} />
      </span>
      <div>
        <p className="alarm-words">{known(`fault.${group.code}.words`, first.words)}</p>
        <p className="quiet small">
          <span className="alarm-severity">{t(`severity.${group.severity}`)}</span>
          {(!full || alone) && ` · ${list(group.alarms.map(called))}`}
          {group.since !== null && (
            <>
              {" · "}
              <Age since={group.since} ago />
            </>
          )}
        </p>
        <p className="small alarm-act">{known(`fault.${group.code}.action`, first.action)}</p>
        {alone && first.detail !== "" && <p className="quiet small">{detailOf(words, first.said, first.detail)}</p>}
        {full && !alone && (
          <ul className="alarm-subjects">
            {group.alarms.map((alarm) => (
              <li key={alarm.subject} className="small">
                <b>{called(alarm)}</b>
                {alarm.since_s !== null && (
                  <span className="quiet">
                    <Age since={alarm.since_s} ago />
                  </span>
                )}
                {alarm.detail !== "" && <span className="quiet">{detailOf(words, alarm.said, alarm.detail)}</span>}
                <OneButton alarm={alarm} called={called(alarm)} />
              </li>
            ))}
          </ul>
        )}
        {group.latched && <p className="quiet small">{t("attention.latched")}</p>}
        {full && alone && <OneButton alarm={first} called={called(first)} />}
      </div>
    </li>
  );
}
