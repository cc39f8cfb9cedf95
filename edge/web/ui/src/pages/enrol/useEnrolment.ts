/** One enrolment as the store has it, and the eye looking for it while somebody stands before a camera. */

import { useEffect, useState } from "react";
import { type Body, post } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { type Answer, useGet, useSnapshot } from "../../api/use";
import type { Enrolment } from "./views";

const AGAIN_MS = 2500; // ms; the eye looks for twice as long after it was asked
type Looking = Body<"/api/v1/enrolments/{token}/look">["looking"];
export type Query = Readonly<Record<string, string | number | null>>;

/** Asked again whenever something is said about it. `token` "": there is none. */
export function useEnrolment(token: string, query: Query = {}): Answer<Enrolment> {
  const version = useSnapshot((snapshot) => snapshot.enrolments_no);
  return useGet(token === "" ? null : "/api/v1/enrolments/{token}", { path: { token }, query }, version);
}

/** Has the eye look for as long as `looking` says; answers the code that refuses it, null while it looks. */
export function useLooking(token: string, camera: string, looking: Exclude<Looking, "view"> | null): string | null {
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => {
    setRefused(null);
    if (looking === null || token === "" || camera === "") return;
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const said = await post("/api/v1/enrolments/{token}/look", { camera, looking }, { path: { token }, signal: over.signal });
        setRefused(said.accepted ? null : said.code);
      } catch (error) {
        if (over.signal.aborted) return;
        if (!(error instanceof ApiProblem)) throw error; // the line says that it is cut; the next try comes by itself
      }
      timer = setTimeout(() => void ask(), AGAIN_MS);
    };
    void ask();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [token, camera, looking]);
  return refused;
}
