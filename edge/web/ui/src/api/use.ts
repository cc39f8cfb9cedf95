/** The store in React: parts of the live picture, the store's clock, and answers to questions. */

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { type Asked, type Body, get, type GetPath, type Got, post, type Posted, type PostPath } from "./client";
import { browserLine } from "./line";
import { type LiveState, storeNow } from "./live";
import { ApiProblem } from "./problem";
import { useSecond } from "./second";
import type { Snapshot } from "./store";

export const line = browserLine();

/** A part of the line's state. `select` gives a part as it is, or a plain value: never a new object. */
export function useLine<T>(select: (state: LiveState) => T): T {
  return useSyncExternalStore(line.subscribe, () => select(line.state()));
}

/** A part of the newest snapshot; draws again only when that part changed. Pages are shown once there is one. `select` as in useLine. */
export function useSnapshot<T>(select: (snapshot: Snapshot) => T): T {
  return useLine(({ snapshot }) => {
    if (snapshot === null) throw new Error("a page was shown before the first snapshot");
    return select(snapshot);
  });
}

/** The store's monotonic time in whole seconds, for ages (`now - since_s`). Draws again every second. */
export function useStoreNow(): number {
  useSecond();
  return storeNow(line.state(), performance.now());
}

/** `value` stays while it is asked for again, and beside a `problem` that came later. */
export interface Answer<T> {
  readonly value: T | null;
  readonly problem: ApiProblem | null;
  readonly loading: boolean;
  readonly again: () => void;
}

/** Asks when shown, when the question changes, and whenever `version` does. A null `path` asks nothing. */
export function useGet<Path extends GetPath>(path: Path | null, asked: Omit<Asked, "signal"> = {}, version: unknown = null): Answer<Got<Path>> {
  const question = path === null ? null : JSON.stringify([path, asked]);
  const [round, setRound] = useState(0);
  const [told, setTold] = useState<{ question: string | null; value: Got<Path> | null; problem: ApiProblem | null; loading: boolean }>({
    question,
    value: null,
    problem: null,
    loading: path !== null,
  });
  useEffect(() => {
    if (question === null) return;
    const over = new AbortController();
    const [where, how] = JSON.parse(question) as [Path, Asked];
    setTold((now) => (now.question === question ? { ...now, loading: true } : { question, value: null, problem: null, loading: true }));
    get(where, { ...how, signal: over.signal }).then(
      (value) => setTold({ question, value, problem: null, loading: false }),
      (error: unknown) => {
        if (over.signal.aborted) return;
        if (!(error instanceof ApiProblem)) throw error;
        setTold((now) => ({ ...now, problem: error, loading: false }));
      },
    );
    return () => over.abort();
  }, [question, version, round]);
  const again = useCallback(() => setRound((now) => now + 1), []);
  const fresh = told.question === question;
  return { value: fresh ? told.value : null, problem: fresh ? told.problem : null, loading: fresh ? told.loading : true, again };
}

/** One thing that the store can be told to do. */
export interface Command<Told, Said> {
  /** Answers null where it failed: `problem` says why. */
  readonly send: (body: Told, path?: Asked["path"]) => Promise<Said | null>;
  readonly busy: boolean;
  readonly problem: ApiProblem | null;
}

export function usePost<Path extends PostPath>(path: Path): Command<Body<Path>, Posted<Path>> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const send = useCallback(
    async (body: Body<Path>, names: Asked["path"] = {}): Promise<Posted<Path> | null> => {
      setBusy(true);
      setProblem(null);
      try {
        return await post(path, body, { path: names });
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        setProblem(error);
        return null;
      } finally {
        setBusy(false);
      }
    },
    [path],
  );
  return { send, busy, problem };
}
