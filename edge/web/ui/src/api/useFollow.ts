/** Follows what grows at the store while a page shows it; a page that is hidden or paused asks nothing. */

import { useEffect, useState } from "react";
import { type Batch, failed, type Followed, type Numbered, taken, UNFOLLOWED } from "./follow";
import { ApiProblem } from "./problem";

const ASKED_MS = 1000; // between two answers and questions
const RETRY_MS = 2000; // after one that failed

interface Following<Row> {
  /** What is followed: another one begins anew. */
  readonly what: string;
  readonly ask: (after: number, signal: AbortSignal) => Promise<Batch<Row>>;
  /** Rows that are kept here. */
  readonly most: number;
  readonly paused: boolean;
}

export interface Follow<Row> extends Followed<Row> {
  /** Begin with nothing in sight; what comes from now on is shown. */
  readonly clear: () => void;
}

export function useFollow<Row extends Numbered>({ what, ask, most, paused }: Following<Row>): Follow<Row> {
  const [told, setTold] = useState<{ readonly what: string; readonly followed: Followed<Row> }>({ what, followed: UNFOLLOWED });
  const followed = told.what === what ? told.followed : UNFOLLOWED;
  useEffect(() => {
    if (paused) return;
    const over = new AbortController();
    let newest = followed.newest;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const change = (next: (now: Followed<Row>) => Followed<Row>): void =>
      setTold((now) => {
        const before = now.what === what ? now.followed : UNFOLLOWED;
        const after = next(before);
        return after === before && now.what === what ? now : { what, followed: after };
      });
    const round = async (): Promise<void> => {
      let pause = ASKED_MS;
      if (!document.hidden) {
        try {
          const batch = await ask(newest, over.signal);
          newest = batch.newest;
          change((now) => taken(now, batch, most));
        } catch (error) {
          if (over.signal.aborted) return;
          if (!(error instanceof ApiProblem)) throw error;
          pause = RETRY_MS;
          change((now) => failed(now, error));
        }
      }
      if (!over.signal.aborted) timer = setTimeout(() => void round(), pause);
    };
    void round();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
    // `ask` is made anew with every drawing and always means `what`; `followed` is only where it goes on.
  }, [what, paused, most]);
  return { ...followed, clear: () => setTold({ what, followed: { ...followed, rows: [], missed: 0 } }) };
}
