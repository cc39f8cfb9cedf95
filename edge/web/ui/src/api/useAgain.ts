/** Asks the store again every so often while a page shows the answer, which has no place in the live stream. */

import { useEffect, useState } from "react";

/** A number that rises every `everyMs` while the page is in sight: the `version` of useGet. Stays where `everyMs` is null. */
export function useAgain(everyMs: number | null): number {
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => document.hidden || setRound((now) => now + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return round;
}
