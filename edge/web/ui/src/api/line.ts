/** Keeps one EventSource on a live stream for the whole page and tells everybody who listens. The rules are in live.ts. */

import { BEGINNING, type LiveEvent, type LiveState, type Timed, after, overdue, pauseMs } from "./live";
import { ApiProblem, problemOf } from "./problem";
import type { Snapshot } from "./store";

const STREAM = "/api/v1/stream";
const TICK_MS = 1000;

/** What the line needs of the world; tests give their own. `probe` says why the store refuses a stream, null where it does not. */
export interface World {
  readonly open: (address: string) => EventSource;
  readonly now: () => number;
  readonly probe: () => Promise<ApiProblem | null>;
}

export class StoreLine<Shown extends Timed = Snapshot> {
  #state: LiveState<Shown> = BEGINNING;
  #source: EventSource | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly world: World,
    private readonly stream = STREAM,
  ) {}

  readonly state = (): LiveState<Shown> => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begin, or begin anew at once (the network came back, the page woke up). */
  readonly start = (): void => {
    this.#ticking ??= setInterval(this.#tick, TICK_MS);
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#take({ kind: "trying", at: this.world.now() });
    const mine = this.world.open(this.stream);
    this.#source = mine;
    const on = (name: string, take: (text: string) => LiveEvent<Shown>): void =>
      mine.addEventListener(name, (event) => mine === this.#source && this.#hear(() => take((event as MessageEvent<string>).data)));
    on("hello", (text) => ({ kind: "hello", at: this.world.now(), keepAliveS: (JSON.parse(text) as { keep_alive_s: number }).keep_alive_s }));
    on("alive", () => ({ kind: "alive", at: this.world.now() }));
    on("snapshot", (text) => ({ kind: "snapshot", at: this.world.now(), snapshot: JSON.parse(text) as Shown }));
    mine.addEventListener("error", () => mine === this.#source && this.#lost(mine));
  };

  /** End for good. */
  readonly stop = (): void => {
    clearInterval(this.#ticking);
    clearTimeout(this.#retry);
    this.#ticking = undefined;
    this.#source?.close();
    this.#source = null;
  };

  #hear(take: () => LiveEvent<Shown>): void {
    try {
      this.#take(take());
    } catch (error) {
      console.error("the stream sent what cannot be read", error);
      this.#again();
    }
  }

  /** The browser comes back by itself after a cut; where the store refused, it gives up and we do. */
  #lost(source: EventSource): void {
    this.#take({ kind: "lost", at: this.world.now() });
    if (source.readyState !== source.CLOSED) return;
    this.#again();
    this.world.probe().then(
      (problem) => problem !== null && this.#source === null && this.#take({ kind: "refused", problem }),
      () => undefined,
    );
  }

  #again(): void {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(this.start, pauseMs(this.#state.failures));
  }

  readonly #tick = (): void => {
    const at = this.world.now();
    this.#take({ kind: "tick", at });
    if (this.#source !== null && overdue(this.#state, at)) {
      this.#take({ kind: "lost", at });
      this.start();
    }
  };

  #take(event: LiveEvent<Shown>): void {
    const next = after(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

/** Why the store refuses a stream: asks for one, reads the answer's beginning, lets go. */
async function whyRefused(stream: string): Promise<ApiProblem | null> {
  const enough = new AbortController();
  const reply = await fetch(stream, { signal: enough.signal });
  if (!reply.ok) return problemOf(reply);
  enough.abort();
  return null;
}

/** The line of a page in a browser, over the dashboard's stream or another. */
export function browserLine<Shown extends Timed = Snapshot>(stream = STREAM): StoreLine<Shown> {
  const world: World = { open: (address) => new EventSource(address), now: () => performance.now(), probe: () => whyRefused(stream) };
  return new StoreLine<Shown>(world, stream);
}
