/** What differs between two planograms, facing by facing, in words. */

import { Badge, type Tone } from "../../parts/Badge";
import { useWords } from "../../words/use";
import { useDesk } from "./desk";
import { type Difference, differences } from "./differences";
import { type Facing, leastOf, type Plan } from "./plan";
import "./differences.css";

export function DifferenceList({ before, after, marked }: { before: Plan; after: Plan; marked?: ReadonlySet<string> }) {
  const { t, language } = useWords();
  const { nameOf } = useDesk();
  const names = new Intl.Collator(language, { numeric: true });
  const all = [...differences(before, after)].sort((one, other) => names.compare(one.plate, other.plate) || names.compare(nameOf(one.gtin), nameOf(other.gtin)));
  if (all.length === 0) return <p className="quiet small">{t("planogram.unchanged")}</p>;
  return (
    <ul className="differences">
      {all.map((one) => (
        <li key={`${one.plate} ${one.gtin}`}>
          <b className="differences-plate">{one.plate}</b>
          <span>
            {nameOf(one.gtin)}
            <Said one={one} />
          </span>
          <span className="row">
            {marked?.has(`${one.plate} ${one.gtin}`) === true && <Badge tone="warn">{t("planogram.both")}</Badge>}
            <Kind one={one} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Said({ one: { before, after } }: { one: Difference }) {
  const { t, number } = useWords();
  const told = (facing: Facing): string => t("planogram.told", { count: number(facing.count), least: number(leastOf(facing)) });
  return (
    <span className="small quiet">
      {before !== undefined && after !== undefined ? `${told(before)} → ${told(after)}` : after !== undefined ? told(after) : before !== undefined ? told(before) : ""}
    </span>
  );
}

function Kind({ one }: { one: Difference }) {
  const { t } = useWords();
  const [tone, words]: readonly [Tone, string] =
    one.movedFrom !== undefined
      ? ["note", t("planogram.kind.moved", { plate: one.movedFrom })]
      : one.before === undefined
        ? ["good", t("planogram.kind.new")]
        : one.after === undefined
          ? ["bad", t("planogram.kind.gone")]
          : ["plain", t("planogram.kind.changed")];
  return (
    <Badge tone={tone} icon={null}>
      {words}
    </Badge>
  );
}
