/** What each camera sees now, and what it recognised last. */

import { useEffect, useRef, useState } from "react";
import { get, pictureAddress } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import type { Camera } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Badge, type Tone } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Age } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { Crops } from "../../parts/Picture";
import { useWords } from "../../words/use";
import { Guesses } from "../visits/Evidence";
import "./cameras.css";

const LOOK_MS = 1000; // between two pictures of one camera

const TONES: Record<Camera["condition"], Tone> = { unknown: "plain", seeing: "good", lost: "bad" };

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
  const { t, list } = useWords();
  const state = watching ? camera.condition : "unknown";
  const last = camera.last;
  return (
    <Card title={t("camera.name", { camera: camera.camera })} aside={<Badge tone={TONES[state]}>{t(`camera.${state}`)}</Badge>}>
      <div className="camera">
        <LiveView camera={camera.camera} watching={watching} lost={state === "lost"} />
        <p className="small quiet camera-about">{camera.detail === "" ? t("camera.plates", { plates: list(camera.plates) }) : camera.detail}</p>
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

/** The newest picture, asked for again and again while somebody can see it: a camera films for us only as long as we ask. */
function LiveView({ camera, watching, lost }: { camera: string; watching: boolean; lost: boolean }) {
  const { t } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [source, setSource] = useState<string | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null || !watching) return;
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let inSight = false;
    const look = async (): Promise<void> => {
      try {
        if (inSight && !document.hidden) setSource(await newest(camera, over.signal));
      } catch (error) {
        if (over.signal.aborted) return;
        if (!(error instanceof ApiProblem)) console.error(error); // no picture now; the line or the next look says why
      }
      if (!over.signal.aborted) timer = setTimeout(() => void look(), LOOK_MS);
    };
    const sight = new IntersectionObserver((entries) => (inSight = entries.some((entry) => entry.isIntersecting)));
    sight.observe(element);
    void look();
    return () => {
      over.abort();
      clearTimeout(timer);
      sight.disconnect();
    };
  }, [camera, watching]);
  return (
    <div className="camera-view" ref={box}>
      {source === null ? (
        <span className="quiet small">
          <Icon name="camera" size={24} />
          {t(watching && !lost ? "camera.waiting" : "camera.noView")}
        </span>
      ) : (
        <img src={source} alt={t("camera.sees", { camera })} />
      )}
    </div>
  );
}

/** Decoded before it is shown, so that the view never flickers. */
async function newest(camera: string, signal: AbortSignal): Promise<string | null> {
  const { picture, version } = await get("/api/v1/cameras/{camera}", { path: { camera }, signal });
  if (picture === null) return null;
  const source = pictureAddress(picture, version);
  const image = new Image();
  image.src = source;
  await image.decode();
  return source;
}
