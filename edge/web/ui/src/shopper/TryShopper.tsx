/** Only in a demonstration: be the shopper of the simulated cabinet. A real store's page has no address of such controls. */

import { lazy, Suspense } from "react";
import { panelAddress } from "./panel";

const address = panelAddress(document.querySelector<HTMLMetaElement>('meta[name="shopper-panel"]')?.content);
const Controls = lazy(() => import("./Controls"));
const NewGoods = lazy(() => import("./NewGoods"));

/** `folded`: behind one line that opens it. */
export function TryShopper({ folded = false }: { folded?: boolean }) {
  if (address === null) return null;
  return (
    <Suspense fallback={null}>
      <Controls address={address} folded={folded} />
    </Suspense>
  );
}

/** Goods to be held before the demonstration's camera. */
export function TryNewGoods() {
  if (address === null) return null;
  return (
    <Suspense fallback={null}>
      <NewGoods address={address} />
    </Suspense>
  );
}
