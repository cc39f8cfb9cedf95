/** The wizard now, asked for while the page is open: that is what keeps its session alive. */

import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";
import { type Body, get, post, type Posted, type PostPath } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import type { Bench } from "./bench";

const QUICK_MS = 250; // ms between two looks while somebody commissions: a press is seen as it happens
const CALM_MS = 2000; // ms while nobody does

export interface Looked {
  readonly bench: Bench | null;
  readonly problem: ApiProblem | null;
  /** Look at once. */
  readonly again: () => void;
}

export function useBench(): Looked {
  const [bench, setBench] = useState<Bench | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      let pause = CALM_MS;
      try {
        const found = (await get("/api/v1/commissioning", { signal: over.signal })) as Bench;
        pause = found.session === null ? CALM_MS : QUICK_MS;
        setBench(found);
        setProblem(null);
      } catch (error) {
        if (over.signal.aborted) return;
        if (!(error instanceof ApiProblem)) throw error;
        setProblem(error);
      }
      timer = setTimeout(() => void look(), pause);
    };
    void look();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [round]);
  const again = useCallback(() => setRound((now) => now + 1), []);
  return { bench, problem, again };
}

/** Looks again; given by the page to everything on it. */
export const Again = createContext<() => void>(() => undefined);

type Answered = Extract<
  PostPath,
  | "/api/v1/commissioning/begin"
  | "/api/v1/commissioning/leave"
  | "/api/v1/commissioning/cancel"
  | "/api/v1/commissioning/adopt"
  | "/api/v1/commissioning/drop"
  | "/api/v1/commissioning/zero"
  | "/api/v1/commissioning/unlocking/{step}"
  | "/api/v1/commissioning/steps/{step}"
>;

/** Asks for something and looks again. Answers whether it was done; why not is said, and stands in `refused` until the next wish. */
export function useWish(): {
  readonly wish: <Path extends Answered>(path: Path, body: Body<Path>, names?: Readonly<Record<string, string>>) => Promise<boolean>;
  readonly busy: boolean;
  readonly refused: string | null;
} {
  const { known } = useWords();
  const again = useContext(Again);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => void (alive.current = false);
  }, []);
  const wish = useCallback(
    async <Path extends Answered>(path: Path, body: Body<Path>, names: Readonly<Record<string, string>> = {}): Promise<boolean> => {
      setBusy(true);
      setRefused(null);
      let why: string | null = null;
      try {
        const answer = (await post(path, body, { path: names })) as Posted<"/api/v1/commissioning/begin">;
        if (!answer.accepted) why = known(`bench.refused.${answer.code}`, answer.words);
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        why = `${known(`problem.${error.code}.title`, error.title)}. ${known(`problem.${error.code}.detail`, error.detail)}`;
      }
      again();
      if (alive.current) {
        setBusy(false);
        setRefused(why);
      } else if (why !== null) toast(why, "bad");
      return why === null;
    },
    [again, known],
  );
  return { wish, busy, refused };
}
