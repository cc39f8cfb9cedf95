/** What each camera sees now, what it recognised, how it is; and the eye that recognises. */

import { useState } from "react";
import { Link } from "wouter";
import type { Camera, Eye } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Age } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Crops } from "../../parts/Picture";
import { Empty } from "../../parts/States";
import { useMay } from "../../shell/may";
import { detailOf } from "../../words/said";
import { useWords } from "../../words/use";
import { TONES } from "../shelf/Cameras";
import { Guesses } from "../visits/Evidence";
import { LiveView } from "./LiveView";
import { RecentSights } from "./RecentSights";
import "./cameras-page.css";

const EYE_TONES: Record<Eye["condition"], Tone> = { off: "plain", unknown: "note", open: "good", lost: "bad" };

export default function CamerasPage() {
  const { t } = useWords();
  const off = useSnapshot((snapshot) => snapshot.eye.condition === "off");
  return (
    <Page title={t("cameras.title")}>
      {off ? (
        <Card>
          <Empty icon="camera" title={t("eye.off")}>
            {t("cameras.none.words")}
          </Empty>
        </Card>
      ) : (
        <Watching />
      )}
    </Page>
  );
}

function Watching() {
  const cameras = useSnapshot((snapshot) => snapshot.eye.cameras);
  const watching = useSnapshot((snapshot) => snapshot.eye.condition === "open");
  return (
    <>
      <EyeCard />
      <div className="cameras-all" data-many={cameras.length > 1}>
        {cameras.map((camera) => (
          <CameraCard key={camera.camera} camera={camera} watching={watching} />
        ))}
      </div>
      <RecentSights />
    </>
  );
}

/** The process that looks at the pictures: whether it answers, with which model and which gallery of products. */
function EyeCard() {
  const { t, number } = useWords();
  const condition = useSnapshot((snapshot) => snapshot.eye.condition);
  const model = useSnapshot((snapshot) => snapshot.eye.model);
  const gallery = useSnapshot((snapshot) => snapshot.eye.gallery);
  const known = useSnapshot((snapshot) => snapshot.eye.products);
  const all = useSnapshot((snapshot) => snapshot.stock.products.length);
  return (
    <Card title={t("eye.title")} aside={<Badge tone={EYE_TONES[condition]}>{t(`eye.state.${condition}`)}</Badge>}>
      <div className="eye-facts">
        <p role="status">{t(`eye.${condition}`)}</p>
        <Facts
          rows={[
            [t("eye.model"), model],
            [t("eye.gallery"), gallery],
            [t("eye.products"), model === "" ? null : t("eye.productsOf", { known: number(known), all: number(all) })],
          ]}
        />
      </div>
    </Card>
  );
}

function CameraCard({ camera, watching }: { camera: Camera; watching: boolean }) {
  const words = useWords();
  const { t, list } = words;
  const may = useMay();
  const [paused, setPaused] = useState(false);
  const state = watching ? camera.condition : "unknown";
  const last = camera.last;
  return (
    <Card title={t("camera.name", { camera: camera.camera })} aside={<Badge tone={TONES[state]}>{t(`camera.${state}`)}</Badge>}>
      <div className="camera-big">
        <div className="camera-live">
          <LiveView camera={camera.camera} watching={watching} lost={state === "lost"} paused={paused} />
          <div className="camera-foot">
            <p className="small quiet">{t("camera.plates", { plates: list(camera.plates) })}</p>
            {may("settings") && (
              <Link href={`/cameras/${camera.camera}/zones`} className="small">
                {t("camera.zones")}
              </Link>
            )}
            <Button kind="quiet" icon={paused ? "play" : "pause"} aria-pressed={paused} onClick={() => setPaused(!paused)}>
              {t(paused ? "camera.resume" : "camera.pause")}
            </Button>
          </div>
          {camera.detail !== "" && (
            <p className="camera-trouble small">
              <Icon name="warning" size={18} /> <span>{detailOf(words, camera.said, camera.detail)}</span>
            </p>
          )}
        </div>
        <div className="camera-saw">
          <p className="label">
            {t("camera.last")} {camera.last_s !== null && <Age since={camera.last_s} ago />}
          </p>
          {last === null ? (
            <p className="small quiet">{t("camera.nothing")}</p>
          ) : (
            <>
              <p>
                <b>{t(`direction.${last.direction}`)}</b> <span className="quiet">{list(last.plates)}</span>
              </p>
              <Crops evidence={last.evidence} alt={t(`direction.${last.direction}`)} />
              <Guesses guesses={last.guesses} />
              {last.barcode !== null && <p className="small">{t("evidence.barcode", { code: last.barcode })}</p>}
            </>
          )}
        </div>
      </div>
    </Card>
  );
}
