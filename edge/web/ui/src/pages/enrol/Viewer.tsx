/** The live picture of a camera with the frame in which a product is to be held; which camera, where there are several. */

import type { ReactNode } from "react";
import { useSnapshot } from "../../api/use";
import { Icon } from "../../parts/Icon";
import { Select } from "../../parts/Select";
import { useWords } from "../../words/use";
import { LiveView } from "../cameras/LiveView";

const OFTEN_MS = 400; // ms; somebody moves before it, and looks at the picture to see where

/** The camera that somebody chose, or the first that sees; "" where the store has none. */
export function useCamera(chosen: string): string {
  return useSnapshot(({ eye }) => {
    const found = eye.cameras.find((one) => one.camera === chosen) ?? eye.cameras.find((one) => one.condition === "seeing") ?? eye.cameras[0];
    return found?.camera ?? "";
  });
}

/** Whether anything can be photographed with this camera now. */
export function useSees(camera: string): boolean {
  return useSnapshot(({ eye }) => eye.condition === "open" && eye.cameras.some((one) => one.camera === camera && one.condition !== "lost"));
}

export function Viewer({ camera, onCamera, children }: { camera: string; onCamera: (camera: string) => void; children?: ReactNode }) {
  const { t } = useWords();
  const cameras = useSnapshot((snapshot) => snapshot.eye.cameras);
  const open = useSnapshot((snapshot) => snapshot.eye.condition === "open");
  const lost = useSnapshot(({ eye }) => eye.cameras.some((one) => one.camera === camera && one.condition === "lost"));
  return (
    <div className="enrol-viewer">
      {cameras.length > 1 && (
        <Select label={t("enrol.camera")} options={cameras.map((one) => ({ value: one.camera, words: one.camera }))} value={camera} onChoose={onCamera} />
      )}
      <LiveView camera={camera} watching={open} lost={lost} everyMs={OFTEN_MS} frame={t("enrol.frame")} />
      {(!open || lost) && (
        <p className="enrol-away" role="alert">
          <Icon name="warning" size={18} /> <span>{open ? t("enrol.camera.lost", { camera }) : t("enrol.camera.away")}</span>
        </p>
      )}
      {children}
    </div>
  );
}
