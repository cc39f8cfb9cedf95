/** Who changed goods and settings, when and why, newest first, and the way back to what held after each change. */

import { useState } from "react";
import { Link } from "wouter";
import type { Change } from "../../api/settings";
import { useGet, useLine } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { GoBackDialog } from "./GoBackDialog";
import { placesOf } from "./places";
import "./history.css";

export default function HistoryPage() {
  const { t } = useWords();
  const may = useMay();
  const cut = useLine((state) => state.line === "cut");
  const { value: history, problem, again } = useGet("/api/v1/changes");
  const [going, setGoing] = useState<Change | null>(null);
  const changing = may("settings") && may("goods");
  return (
    <Page title={t("history.title")}>
      <p>
        <Link href="/settings" className="history-settings">
          <Icon name="back" size={16} /> {t("settings.title")}
        </Link>
      </p>
      <Card flush>
        {history === null ? (
          problem === null ? (
            <Loading rows={6} />
          ) : (
            <Failure problem={problem} onAgain={again} />
          )
        ) : (
          <>
            {history.changes.length === 1 && (
              <Empty icon="audit" title={t("history.none.title")}>
                {t("history.none.words")}
              </Empty>
            )}
            <ol className="history" aria-label={t("history.title")}>
              {history.changes.map((change) => (
                <Row key={change.number} change={change} onBack={changing && !cut && !change.holds ? () => setGoing(change) : null} />
              ))}
            </ol>
          </>
        )}
      </Card>
      {history !== null && going !== null && <GoBackDialog version={history.version} change={going} onFresh={again} onClose={() => setGoing(null)} />}
    </Page>
  );
}

function Row({ change, onBack }: { change: Change; onBack: (() => void) | null }) {
  const words = useWords();
  const { t, date, number } = words;
  const file = change.number === 0;
  return (
    <li className="history-one" data-holds={change.holds}>
      <span className="history-number figure">{file ? <Icon name="audit" size={18} /> : number(change.number)}</span>
      <div className="history-what">
        <p className="history-places">{file ? t("history.file") : placesOf(change.places, words)}</p>
        <p className="small">{file ? <span className="quiet">{t("history.file.words")}</span> : change.reason}</p>
        {!file && (
          <p className="small quiet">
            {change.by} · {change.at_unix_s === null ? t("receipt.undated") : date(change.at_unix_s)}
          </p>
        )}
      </div>
      <div className="history-acts">
        {change.holds && <Badge tone="good">{t("history.holds")}</Badge>}
        {onBack !== null && (
          <Button icon="undo" aria-haspopup="dialog" aria-label={file ? t("history.back.file") : t("history.back.to", { number: number(change.number) })} onClick={onBack}>
            {t("history.back")}
          </Button>
        )}
      </div>
    </li>
  );
}
