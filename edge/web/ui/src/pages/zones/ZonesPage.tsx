/** Where in a camera's picture each plate is: drawn on what the camera sees now, saved as a change of the settings. */

import { useState } from "react";
import { Link, useParams } from "wouter";
import type { Section, Settings } from "../../api/settings";
import { useGet, useLine, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { begun, did, type Past, redone, undone } from "../../parts/past";
import { SaveBar } from "../../parts/SaveBar";
import { Empty, Failure, Loading } from "../../parts/States";
import { useUnsaved } from "../../shell/leaving";
import { useWords } from "../../words/use";
import { LiveView } from "../cameras/LiveView";
import { Canvas, Names } from "./Canvas";
import { SaveDialog } from "./SaveDialog";
import { fresh, type Zone, zonesOf } from "./shapes";
import { ZoneList } from "./ZoneList";
import "./zones.css";

type Row = Section["rows"][number];

export default function ZonesPage() {
  const { t } = useWords();
  const { camera = "" } = useParams<{ camera: string }>();
  const started = useSnapshot((snapshot) => snapshot.controller.started_s);
  const { value: settings, problem, again } = useGet("/api/v1/settings", {}, started);
  const rows = settings?.sections.find((section) => section.section === "camera")?.rows ?? [];
  const row = rows.find((one) => one["id"] === camera);
  const zones = row === undefined ? null : zonesOf(row["zones"]);
  return (
    <Page title={t("zones.title", { camera })}>
      <p>
        <Link href="/cameras" className="zones-back">
          <Icon name="back" size={16} /> {t("cameras.title")}
        </Link>
      </p>
      {settings === null ? (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : zones === null ? (
        <Card>
          <Empty icon="camera" title={t("zones.none")}>
            {t("zones.none.words")}
          </Empty>
        </Card>
      ) : (
        <Editor key={`${settings.version} ${camera}`} camera={camera} settings={settings} rows={rows} first={zones} onFresh={again} />
      )}
    </Page>
  );
}

interface EditorProps {
  camera: string;
  settings: Settings;
  rows: readonly Row[];
  first: readonly Zone[];
  onFresh: () => void;
}

function Editor({ camera, settings, rows, first, onFresh }: EditorProps) {
  const { t } = useWords();
  const plates = useSnapshot((snapshot) => snapshot.plates);
  const watching = useSnapshot((snapshot) => snapshot.eye.condition === "open");
  const lost = useSnapshot((snapshot) => snapshot.eye.cameras.find((one) => one.camera === camera)?.condition === "lost");
  const cut = useLine((state) => state.line === "cut");
  const [past, setPast] = useState<Past<readonly Zone[]>>(() => begun(first));
  const [pulled, setPulled] = useState<readonly Zone[] | null>(null);
  const [chosen, setChosen] = useState<number | null>(first.length > 0 ? 0 : null);
  const [saving, setSaving] = useState(false);
  const zones = past.now;
  const changed = JSON.stringify(zones) !== JSON.stringify(first);
  useUnsaved(changed);
  const names = plates.map((plate) => plate.plate);
  const bare = names.filter((plate) => !zones.some((zone) => zone.plates.includes(plate)));
  const set = (next: readonly Zone[]): void => {
    setPulled(null);
    setPast((now) => did(now, next));
  };
  const change = (place: number, zone: Zone, done: boolean): void => {
    const next = zones.map((one, number) => (number === place ? zone : one));
    if (done) set(next);
    else setPulled(next);
  };
  const add = (): void => {
    const plate = bare[0] ?? names[0];
    if (plate === undefined) return;
    set([...zones, fresh(plate)]);
    setChosen(zones.length);
  };
  const remove = (place: number): void => {
    set(zones.toSpliced(place, 1));
    setChosen(null);
  };
  const shown = pulled ?? zones;
  return (
    <>
      <div className="zones-desk">
        <Card>
          <LiveView camera={camera} watching={watching} lost={lost}>
            <Canvas zones={shown} chosen={chosen} onChoose={setChosen} onChange={change} />
            <Names zones={shown} chosen={chosen} />
          </LiveView>
          <p className="small quiet zones-how">{t("zones.how")}</p>
        </Card>
        <ZoneList zones={zones} chosen={chosen} plates={names} bare={bare} onChoose={setChosen} onChange={(place, zone) => change(place, zone, true)} onAdd={add} onRemove={remove} />
      </div>
      {(changed || past.after.length > 0) && (
        <SaveBar>
          <Button kind="quiet" icon="undo" aria-label={t("act.undo")} disabled={past.before.length === 0} onClick={() => setPast(undone)} />
          <Button kind="quiet" icon="redo" aria-label={t("act.redo")} disabled={past.after.length === 0} onClick={() => setPast(redone)} />
          <Button kind="primary" aria-haspopup="dialog" disabled={cut || !changed} onClick={() => setSaving(true)}>
            {t("act.save")}
          </Button>
        </SaveBar>
      )}
      {saving && <SaveDialog camera={camera} version={settings.version} rows={rows} zones={zones} onFresh={onFresh} onClose={() => setSaving(false)} />}
    </>
  );
}
