/** Nobody is at this screen to load it anew: it does so by itself, when it has failed and when the store has been updated. */

import { Component, useEffect, useRef, type ReactNode } from "react";
import { useLine } from "./store";
import type { Key } from "../words/language";
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
    return this.state.broken ? <Notice title="kiosk.broken.title" words="kiosk.broken.words" /> : this.props.children;
  }
}

/** Why there is no screen here. */
export function Notice({ title, words }: { title: Key; words: Key }) {
  const { t } = useWords();
  return (
    <main className="kiosk-broken" role="alert">
      <h1>{t(title)}</h1>
      <p>{t(words)}</p>
    </main>
  );
}

/** Loads the page anew once another version of the store answers and nobody stands in front of it. */
export function useNewVersion(screen: Screen): void {
  const version = useLine(({ snapshot }) => snapshot?.version ?? null);
  const first = useRef(version);
  useEffect(() => {
    first.current ??= version;
    if (version !== null && version !== first.current && isFree(screen)) location.reload();
  }, [version, screen]);
}
