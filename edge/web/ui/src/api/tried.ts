/** What the store would say to something, asked while somebody is still at it. */

import { useEffect, useState } from "react";
import { type Body, post, type Posted, type PostPath } from "./client";
import { ApiProblem } from "./problem";

const PAUSE_MS = 350; // ms; somebody who types has come to a pause

/** What the store says to `body`; while somebody types on, what it said last. Null where nothing is asked (`body` null), or it does not answer. */
export function useTried<Path extends PostPath>(path: Path, body: Body<Path> | null): Posted<Path> | null {
  const question = body === null ? null : JSON.stringify(body);
  const [told, setTold] = useState<Posted<Path> | null>(null);
  useEffect(() => {
    if (question === null) return setTold(null);
    const over = new AbortController();
    const timer = setTimeout(() => {
      post(path, JSON.parse(question) as Body<Path>, { signal: over.signal }).then(setTold, (error: unknown) => {
        if (over.signal.aborted) return;
        if (!(error instanceof ApiProblem)) throw error;
        setTold(null);
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [path, question]);
  return question === null ? null : told;
}
