/** Nobody is at this screen to load it anew: it does so by itself, when it has failed and when the store has been updated. */

import { Component, useEffect, useRef, type ReactNode } from "react";
import { useLine } from "../api/use";
import { useWords } from "../words/use";
import { isFree, type Screen } from "./screen";
import "./kiosk.css";

const AGAIN_AFTER_MS = 10_000; // ms; a failure that comes back at once must not become a storm of requests

export class Recover extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(): void {
    setTimeout(() => location.reload(), AGAIN_AFTER_MS);
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useWords();
  return (
    <main className="kiosk-broken" role="alert">
      <h1>{t("kiosk.broken.title")}</h1>
      <p>{t("kiosk.broken.words")}</p>
    </main>
  );
}

/** Loads the page anew once another version of the store answers and nobody stands in front of it. */
export function useNewVersion(screen: Screen): void {
  const version = useLine(({ snapshot }) => snapshot?.controller.version ?? null);
  const first = useRef(version);
  useEffect(() => {
    first.current ??= version;
    if (version !== null && version !== first.current && isFree(screen)) location.reload();
  }, [version, screen]);
}
