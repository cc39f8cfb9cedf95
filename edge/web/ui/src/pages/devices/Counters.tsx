/** Counters with what each of them means, those of trouble first. */

import { useWords } from "../../words/use";
import { trafficOf, troublesOf } from "./health";

export function Counters({ counters }: { counters: Readonly<Record<string, number>> }) {
  const { t, number, known } = useWords();
  const troubles = troublesOf(counters);
  const rows = [...troubles, ...trafficOf(counters)];
  if (rows.length === 0) return <p className="quiet">{t("counters.none")}</p>;
  return (
    <dl className="counters">
      {rows.map(({ name, count }) => (
        <div key={name} data-trouble={troubles.some((one) => one.name === name)}>
          <dt>{known(`counter.${name}`, name.replaceAll("_", " "))}</dt>
          <dd className="figure">{number(count)}</dd>
          <dd className="small quiet">{known(`counter.${name}.means`, "")}</dd>
        </div>
      ))}
    </dl>
  );
}
