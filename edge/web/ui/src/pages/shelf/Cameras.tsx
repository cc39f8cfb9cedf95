/** What each camera sees now, and what it recognised last. */

import type { Camera } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Age } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { Crops } from "../../parts/Picture";
import { useMay } from "../../shell/may";
import { detailOf } from "../../words/said";
import { useWords } from "../../words/use";
import { LiveView } from "../cameras/LiveView";
import { Guesses } from "../visits/Evidence";
import "./cameras.css";

export const TONES: Record<Camera["condition"], Tone> = { unknown: "plain", seeing: "good", lost: "bad" };

export function Cameras() {
  const { t, plural } = useWords();
  const cameras = useSnapshot((snapshot) => snapshot.eye.cameras);
  const condition = useSnapshot((snapshot) => snapshot.eye.condition);
  const products = useSnapshot((snapshot) => snapshot.eye.products);
  return (
    <div className="stack">
      {condition === "lost" && (
        <p className="eye-lost small" role="status">
          <Icon name="warning" size={18} /> {t("eye.lost")}
        </p>
      )}
      <div className="cameras">
        {cameras.map((camera) => (
          <CameraCard key={camera.camera} camera={camera} watching={condition === "open"} />
        ))}
      </div>
      <p className="small quiet">{t(`eye.${condition}`)} {products > 0 && plural("eye.knows", products)}</p>
    </div>
  );
}

function CameraCard({ camera, watching }: { camera: Camera; watching: boolean }) {
  const words = useWords();
  const { t, list } = words;
  const may = useMay();
  const state = watching ? camera.condition : "unknown";
  const last = camera.last;
  return (
    <Card title={t("camera.name", { camera: camera.camera })} aside={<Badge tone={TONES[state]}>{t(`camera.${state}`)}</Badge>}>
      <div className="camera">
        {may("pictures") && <LiveView camera={camera.camera} watching={watching} lost={state === "lost"} />}
        <p className="small quiet camera-about">{camera.detail === "" ? t("camera.plates", { plates: list(camera.plates) }) : detailOf(words, camera.said, camera.detail)}</p>
        {last !== null && (
          <div className="camera-last">
            <p className="label">
              {t("camera.last")} {camera.last_s !== null && <Age since={camera.last_s} ago />}
            </p>
            <p className="small">
              <b>{t(`direction.${last.direction}`)}</b> · {list(last.plates)}
            </p>
            <Crops evidence={last.evidence} alt={t(`direction.${last.direction}`)} />
            <Guesses guesses={last.guesses} />
          </div>
        )}
      </div>
    </Card>
  );
}
