/** What the store would say to something, asked while somebody is still at it. */

import { useEffect, useState } from "react";
import { type Body, post, type Posted, type PostPath } from "./client";
import { ApiProblem } from "./problem";

const PAUSE_MS = 350; // ms; somebody who types has come to a pause

/** The answer to `body`, null while there is none: it is not worth asking (`body` null), somebody is still typing, or the store does not answer. */
export function useTried<Path extends PostPath>(path: Path, body: Body<Path> | null): Posted<Path> | null {
  const question = body === null ? null : JSON.stringify(body);
  const [told, setTold] = useState<{ question: string; answer: Posted<Path> } | null>(null);
  useEffect(() => {
    if (question === null) return;
    const over = new AbortController();
    const timer = setTimeout(() => {
      post(path, JSON.parse(question) as Body<Path>, { signal: over.signal }).then(
        (answer) => setTold({ question, answer }),
        (error: unknown) => {
          if (!over.signal.aborted && !(error instanceof ApiProblem)) throw error;
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [path, question]);
  return told !== null && told.question === question ? told.answer : null;
}
