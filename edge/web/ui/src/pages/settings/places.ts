/** What a change is about, in words: `product` is the products, `visit.pulse_s` a setting by its key. Pure. */

import type { Words } from "../../words/language";

/** "the products, visit.pulse_s and visit.max_open_s". */
export const placesOf = (places: readonly string[], { known, list }: Pick<Words, "known" | "list">): string => list(places.map((place) => known(`place.${place}`, place)));
