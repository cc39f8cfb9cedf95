/** Every setting of the store: what it may be, what it is, where that comes from; changed, tried and saved together. */

import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import type { Settings } from "../../api/settings";
import { useTried } from "../../api/tried";
import { useGet, useLine, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Page } from "../../parts/Page";
import { SaveBar } from "../../parts/SaveBar";
import { Empty, Failure, Loading } from "../../parts/States";
import { toast } from "../../parts/Toast";
import { leave, useUnsaved } from "../../shell/leaving";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { type Edits, editedOf, toldOf } from "./edits";
import { found, groupsOf } from "./finding";
import { Kept } from "./Kept";
import { problemsOf } from "./problems";
import { RestartDialog } from "./RestartDialog";
import { ReviewDialog } from "./ReviewDialog";
import { SectionCard } from "./SectionCard";
import { SectionList } from "./SectionList";
import { useSettingWords } from "./useSettingWords";
import "./settings.css";

const ANY_REASON = "tried"; // nothing is kept of a try

export default function SettingsPage() {
  const { t } = useWords();
  const may = useMay();
  const { ready } = useSettingWords();
  const cut = useLine((state) => state.line === "cut");
  const started = useSnapshot((snapshot) => snapshot.controller.started_s);
  const { value: settings, problem, again } = useGet("/api/v1/settings", {}, started);
  const [restarting, setRestarting] = useState(false);
  return (
    <Page
      title={t("settings.title")}
      actions={
        <>
          <Link href="/settings/history" className="button" data-kind="plain" data-bare="false">
            {t("history.title")}
          </Link>
          {may("restart") && settings?.waiting.length === 0 && (
            <Button icon="again" aria-haspopup="dialog" disabled={cut} onClick={() => setRestarting(true)}>
              {t("restart.title")}
            </Button>
          )}
        </>
      }
    >
      {settings === null || !ready ? (
        <Card>{problem === null ? <Loading rows={10} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : (
        <>
          <Kept waiting={settings.waiting} edited={settings.edited} unreadable={settings.unreadable} onRestart={may("restart") && !cut ? () => setRestarting(true) : null} />
          <Editor settings={settings} onFresh={again} />
        </>
      )}
      {restarting && <RestartDialog onClose={() => setRestarting(false)} />}
    </Page>
  );
}

function Editor({ settings, onFresh }: { settings: Settings; onFresh: () => void }) {
  const { t, plural } = useWords();
  const { titleOf, aboutOf } = useSettingWords();
  const { section: chosen } = useParams<{ section?: string }>();
  const [, navigate] = useLocation();
  const cut = useLine((state) => state.line === "cut");
  const [wanted, setWanted] = useState("");
  const [edits, setEdits] = useState<Edits>(new Map());
  const [reviewing, setReviewing] = useState(false);
  const changed = editedOf(settings.sections, edits);
  useUnsaved(changed.length > 0);

  const told = toldOf(settings.sections, edits);
  const tried = useTried("/api/v1/settings", told === null || changed.length === 0 ? null : { version: settings.version, reason: ANY_REASON, check: true, ...told });
  const problems = problemsOf(tried?.problems ?? []);
  const unread = changed.filter(({ wrong }) => wrong !== null).length;
  const later = changed.filter(({ field }) => field.applies === "restart").length;

  const searching = wanted.trim() !== "";
  const current = settings.sections.find(({ section }) => section === chosen) ?? groupsOf(settings.sections)[0]?.sections[0];
  const shown = searching ? found(settings.sections, wanted, (section, field) => `${titleOf(section, field)} ${aboutOf(section, field)}`) : current === undefined ? [] : [current];
  return (
    <div className="settings">
      <div className="settings-side">
        <search>
          <Field type="search" label={t("settings.search")} autoComplete="off" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        </search>
        <SectionList
          groups={groupsOf(settings.sections)}
          current={searching ? null : (current?.section ?? null)}
          edited={changed}
          onChoose={(section) => {
            setWanted("");
            leave(() => navigate(`/settings/${section}`, { replace: true })); // the edits of all sections go along
          }}
        />
      </div>
      <div className="stack">
        {searching && (
          <p className="small quiet" role="status">
            {plural("settings.found", shown.reduce((sum, { fields }) => sum + fields.length, 0))}
          </p>
        )}
        {shown.length === 0 ? (
          <Card>
            <Empty icon="question" title={t("settings.none")}>
              {t("products.none.such.words")}
            </Empty>
          </Card>
        ) : (
          shown.map((section) => <SectionCard key={section.section} section={section} edits={edits} problems={problems} onEdits={setEdits} />)
        )}
        {changed.length > 0 && (
          <SaveBar wide>
            <p className="save-bar-words" role="status">
              <b>{plural("planogram.changes", changed.length)}</b>{" "}
              <span className={unread > 0 || problems.size > 0 ? "settings-wrong" : "quiet"}>
                {unread > 0 || problems.size > 0 ? t("settings.mend") : later > 0 ? plural("settings.later", later) : t("settings.atOnce")}
              </span>
            </p>
            <Button onClick={() => setEdits(new Map())}>{t("planogram.discard")}</Button>
            <Button kind="primary" aria-haspopup="dialog" disabled={told === null || problems.size > 0 || cut} onClick={() => setReviewing(true)}>
              {t("planogram.review")}
            </Button>
          </SaveBar>
        )}
      </div>
      {reviewing && told !== null && (
        <ReviewDialog
          settings={settings}
          changed={changed}
          told={told}
          onFresh={onFresh}
          onClose={() => setReviewing(false)}
          onSaved={(words) => {
            setReviewing(false);
            setEdits(new Map());
            toast(words);
            onFresh();
          }}
        />
      )}
    </div>
  );
}
