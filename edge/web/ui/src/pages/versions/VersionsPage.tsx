/** What runs here, since when, how the run before ended, and the models that can be chosen and gone back from. */

import type { Got } from "../../api/client";
import { useGet } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { ModelCard } from "./ModelCard";
import "./versions.css";

export type Versions = Got<"/api/v1/versions">;

export default function VersionsPage() {
  const { t } = useWords();
  const { value, problem, again } = useGet("/api/v1/versions");
  return (
    <Page title={t("versions.title")}>
      {value === null ? (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : (
        <>
          {problem !== null && <Failure problem={problem} onAgain={again} />}
          <div className="versions-page">
            <div className="stack">
              <Release versions={value} />
              <Updates versions={value} />
            </div>
            <Models versions={value} onChanged={again} />
          </div>
        </>
      )}
    </Page>
  );
}

function Release({ versions }: { versions: Versions }) {
  const { t, date } = useWords();
  const { last_end: end } = versions;
  return (
    <Card title={t("versions.release")} aside={<span className="mono">{versions.release}</span>}>
      <Facts
        rows={[
          [t("versions.started"), date(versions.started_unix_s)],
          [t("versions.machineStarted"), versions.machine_started_unix_s === null ? null : date(versions.machine_started_unix_s)],
          [t("versions.installed"), versions.installed_unix_s === null ? null : date(versions.installed_unix_s)],
          [t("versions.earlier"), versions.earlier_release],
          [t("versions.system"), versions.system],
          [t("versions.machine"), versions.machine],
          ["Python", versions.python],
          ["SQLite", versions.sqlite],
        ]}
      />
      <div className="versions-end" data-tone={end.code === "failed" || end.code === "died" ? "bad" : "plain"}>
        <p className="label">{t("versions.end")}</p>
        <p>
          {t(`versions.end.${end.code}`)}
          {end.at_unix_s != null && <span className="quiet"> · {date(end.at_unix_s)}</span>}
        </p>
        {end.words !== "" && <p className="small mono">{end.words}</p>}
      </div>
    </Card>
  );
}

/** What becomes of this release: honest about what there is not. */
function Updates({ versions }: { versions: Versions }) {
  const { t } = useWords();
  return (
    <Card title={t("versions.updates")}>
      <div className="versions-words">
        <p>
          <Badge tone="note">{t("versions.noService")}</Badge>
        </p>
        <p className="small quiet">{t(`versions.by.${versions.installed_by}`)}</p>
        <p className="small mono">{versions.place}</p>
        {versions.installed_by === "installer" && <p className="small quiet">{t("versions.back")}</p>}
      </div>
    </Card>
  );
}

function Models({ versions, onChanged }: { versions: Versions; onChanged: () => void }) {
  const { t, plural } = useWords();
  const used = versions.models.filter((model) => model.used);
  const others = versions.models.filter((model) => !model.used);
  return (
    <div className="stack">
      {versions.models_trouble.map((trouble) => (
        <p key={trouble} className="versions-trouble small" role="alert">
          {trouble}
        </p>
      ))}
      {used.length === 0 && (
        <Card title={t("versions.models")}>
          <Empty icon="eye" title={t("versions.models.none")} />
        </Card>
      )}
      {used.map((model) => (
        <ModelCard key={model.name} model={model} onChanged={onChanged} />
      ))}
      {others.length > 0 && (
        <details className="versions-others">
          <summary>{plural("versions.models.others", others.length)}</summary>
          <div className="stack">
            {others.map((model) => (
              <ModelCard key={model.name} model={model} onChanged={onChanged} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
