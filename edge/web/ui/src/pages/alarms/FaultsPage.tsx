/** Every fault that this store can tell, and what to do about it: to look one up before it happens, or beside a note of last night. */

import { useMemo, useState } from "react";
import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { found } from "./reference";
import "./alarms.css";

export default function FaultsPage() {
  const words = useWords();
  const { t } = words;
  const [wanted, setWanted] = useState("");
  const present = useSnapshot((snapshot) => snapshot.alarms);
  const all = useMemo(
    () => words.codes("fault.", ".words").map((code) => ({ code, words: words.known(`fault.${code}.words`, code), action: words.known(`fault.${code}.action`, "") })),
    [words],
  );
  const shown = found(all, wanted);
  return (
    <Page title={t("faults.title")}>
      <p>
        <Link href="/alarms" className="alarms-reference">
          <Icon name="back" size={16} /> {t("alarms.title")}
        </Link>
      </p>
      <Card>
        <div className="stack">
          <Field type="search" label={t("faults.search")} value={wanted} onChange={(event) => setWanted(event.target.value)} />
          {shown.length === 0 ? (
            <Empty icon="question" title={t("faults.none")} />
          ) : (
            <ul className="faults">
              {shown.map((fault) => (
                <li key={fault.code}>
                  <p>
                    <b>{fault.words}</b> {present.some((alarm) => alarm.code === fault.code) && <Badge tone="bad">{t("faults.present")}</Badge>}
                  </p>
                  <p className="small">{fault.action}</p>
                  <p className="small quiet mono">{fault.code}</p>
                </li>
              ))}
            </ul>
          )}
        </div>
      </Card>
    </Page>
  );
}
