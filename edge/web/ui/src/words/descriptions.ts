/** The titles and descriptions of the settings in languages other than the store's own, fetched when somebody looks at the settings. */

import { useEffect, useState } from "react";
import { useWords } from "./use";

/** By `section.key`: title and description. */
export type Descriptions = Readonly<Record<string, readonly [string, string]>>;

const files = import.meta.glob<Descriptions>("../../../languages/settings/*.json", { import: "default" });
const NONE: Descriptions = {};

/** Empty until they are there, and for the store's own English. */
export function useDescriptions(): Descriptions {
  const { language } = useWords();
  const [told, setTold] = useState<{ language: string; descriptions: Descriptions }>({ language: "", descriptions: NONE });
  useEffect(() => {
    let wanted = true;
    const load = files[`../../../languages/settings/${language}.json`];
    void load?.().then((descriptions) => wanted && setTold({ language, descriptions }));
    return () => {
      wanted = false;
    };
  }, [language]);
  return told.language === language ? told.descriptions : NONE;
}
