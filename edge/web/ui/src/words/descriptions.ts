/** The titles and descriptions of the settings beyond the store's own, which are English; fetched when somebody looks at the settings. */

import { useEffect, useState } from "react";
import { useWords } from "./use";

/** By `section.key`: title and description; "" where the store's own does. */
export type Descriptions = Readonly<Record<string, readonly [string, string]>>;

const files = import.meta.glob<Descriptions>("../../../languages/settings/*.json", { import: "default" });
const NONE: Descriptions = {};

/** Null until they are there. */
export function useDescriptions(): Descriptions | null {
  const { language } = useWords();
  const [told, setTold] = useState<{ readonly language: string; readonly descriptions: Descriptions } | null>(null);
  useEffect(() => {
    let wanted = true;
    const load = files[`../../../languages/settings/${language}.json`] ?? (() => Promise.resolve(NONE));
    void load().then((descriptions) => wanted && setTold({ language, descriptions }));
    return () => {
      wanted = false;
    };
  }, [language]);
  return told?.language === language ? told.descriptions : null;
}
