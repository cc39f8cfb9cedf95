/** What there is to know of goods that keeps nothing back, each with what to do about it. */

import type { Goods, Warned } from "../../api/goods";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { told } from "./told";
import "./warnings.css";

export function Warnings({ warnings, goods }: { warnings: readonly Warned[]; goods: Goods }) {
  const words = useWords();
  return (
    <div role="status" className="warnings-place">
      {warnings.length > 0 && (
        <ul className="warnings">
          {warnings.map((warning) => (
            <li key={`${warning.code} ${warning.products.join(" ")} ${warning.plates.join(" ")} ${warning.units.join(" ")}`}>
              <Icon name="warning" size={18} /> {told(warning, goods, words)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
