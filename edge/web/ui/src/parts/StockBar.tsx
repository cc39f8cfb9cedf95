/** How full a facing is, with a mark at the number below which it is a shortage. An ornament: the words beside it say the same. */

import "./stock-bar.css";

export function StockBar({ units, full, least = 0 }: { units: number; full: number; least?: number }) {
  const share = (count: number): string => `${full <= 0 ? 0 : Math.min(100, Math.max(0, (count / full) * 100))}%`;
  const level = units <= 0 ? "none" : units < least ? "low" : "well";
  return (
    <span className="stock-bar" data-level={level} aria-hidden="true">
      <i style={{ inlineSize: share(units) }} />
      {least > 0 && least < full && <b style={{ insetInlineStart: share(least) }} />}
    </span>
  );
}
