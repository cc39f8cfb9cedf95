/** The newest picture of a camera, asked for again and again while somebody can see it: a camera films for us only as long as we ask. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { get, pictureAddress } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import "./live-view.css";

const LOOK_MS = 1000; // between two pictures of one camera
const BOX = 16 / 9; // width of the view by its height
const FRAME = 0.75; // of a picture's short side: what the eye learns a product by
const OLD_S = 5; // s without a new picture after which its age is told

interface Shown {
  readonly source: string;
  readonly cameAt: number;
}

interface Props {
  camera: string;
  /** The eye answers at all. */
  watching: boolean;
  /** The camera itself does not. */
  lost: boolean;
  /** Keep the picture that is there. */
  paused?: boolean;
  everyMs?: number;
  /** What is to be held where: draws a frame around the middle of the picture. */
  frame?: string;
  /** Drawn over the picture, as wide and high as it is. */
  children?: ReactNode;
}

export function LiveView({ camera, watching, lost, paused = false, everyMs = LOOK_MS, frame, children }: Props) {
  const { t, span } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [now, setNow] = useState(0);
  const [shape, setShape] = useState(BOX);
  useEffect(() => {
    const element = box.current;
    if (element === null || !watching || paused) return;
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let inSight = false;
    const look = async (): Promise<void> => {
      try {
        if (inSight && !document.hidden) {
          const found = await newest(camera, over.signal);
          setShown((before) => (found === null ? before : before?.source === found.source ? before : found));
        }
      } catch (error) {
        if (over.signal.aborted) return;
        if (!(error instanceof ApiProblem)) console.error(error); // no picture now; the line or the next look says why
      }
      if (over.signal.aborted) return;
      setNow(performance.now());
      timer = setTimeout(() => void look(), everyMs);
    };
    const sight = new IntersectionObserver((entries) => (inSight = entries.some((entry) => entry.isIntersecting)));
    sight.observe(element);
    void look();
    return () => {
      over.abort();
      clearTimeout(timer);
      sight.disconnect();
    };
  }, [camera, watching, paused, everyMs]);
  const ageS = shown === null ? 0 : (now - shown.cameAt) / 1000;
  return (
    <div className="camera-view" ref={box}>
      {shown === null ? (
        <span className="quiet small">
          <Icon name="camera" size={24} />
          {t(watching && !lost ? "camera.waiting" : "camera.noView")}
        </span>
      ) : (
        <>
          <img src={shown.source} alt={t("camera.sees", { camera })} onLoad={({ currentTarget: image }) => setShape(image.naturalWidth / image.naturalHeight)} />
          {frame !== undefined && (
            <span className="camera-frame" style={{ blockSize: `${framed(shape) * 100}%` }}>
              <span className="unseen">{frame}</span>
            </span>
          )}
          {children !== undefined && (
            <div className="camera-over" style={{ inlineSize: `${Math.min(1, shape / BOX) * 100}%`, blockSize: `${Math.min(1, BOX / shape) * 100}%` }}>
              {children}
            </div>
          )}
          {(paused || ageS > OLD_S || lost || !watching) && (
            <span className="camera-old small">{paused ? t("camera.paused") : t("camera.old", { age: span(ageS) })}</span>
          )}
        </>
      )}
    </div>
  );
}

/** How high the frame is, as a share of the box, around the middle of a picture of this `shape` (width by height) that is fitted into it. */
const framed = (shape: number): number => FRAME * Math.min(1, shape) * Math.min(1, BOX / shape);

/** Decoded before it is shown, so that the view never flickers. */
async function newest(camera: string, signal: AbortSignal): Promise<Shown | null> {
  const { picture, version } = await get("/api/v1/cameras/{camera}", { path: { camera }, signal });
  if (picture === null) return null;
  const source = pictureAddress(picture, version);
  const image = new Image();
  image.src = source;
  try {
    await image.decode();
  } catch {
    return null; // overwritten while it was read; the next one comes in a second
  }
  return { source, cameAt: performance.now() };
}
