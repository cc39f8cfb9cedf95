/** What speaks for a receipt: the weights over the visit, and per line what the plates, the probabilities and the cameras say. */

import { Card } from "../../parts/Card";
import { Probability } from "../../parts/Figures";
import { Icon } from "../../parts/Icon";
import { Crops } from "../../parts/Picture";
import { Empty } from "../../parts/States";
import { type Change, ECHO_G } from "../../parts/trace";
import { Trace } from "../../parts/Trace";
import { useWords } from "../../words/use";
import type { Bill, BillLine, BillSight } from "./bill";
import "./evidence.css";

const LEAST_TOLD = 0.01; // probability below which another explanation is noise to a reader

export function Evidence({ bill }: { bill: Bill }) {
  const { t, plural } = useWords();
  const changes = [...bill.lines.flatMap((line) => line.changes), ...bill.unexplained];
  const hands = [...bill.lines.flatMap((line) => line.sights), ...bill.sights];
  const weighed = changes.some((change) => change.atS !== null && Math.abs(change.grams) >= ECHO_G);
  return (
    <>
      <Card title={t("evidence.weights")} aside={plural("evidence.changes", changes.filter(loud).length)}>
        {weighed ? <Trace changes={changes} hands={hands} /> : <Empty icon="weight" title={t("evidence.noWeights")} />}
      </Card>
      {bill.lines.map((line) => (
        <Card key={line.gtin} title={line.name} aside={<Probability value={line.probability} />}>
          <Line line={line} />
        </Card>
      ))}
      {bill.unexplained.length > 0 && (
        <Card title={t("evidence.unexplained")}>
          <Changes changes={bill.unexplained} />
        </Card>
      )}
      {bill.sights.length > 0 && (
        <Card title={t("evidence.otherSights")}>
          <Sights sights={bill.sights} />
        </Card>
      )}
    </>
  );
}

function Line({ line }: { line: BillLine }) {
  const { t, number } = useWords();
  const quantities = line.quantities.map(({ quantity, probability }) => ({
    words: quantity === 0 ? t("evidence.noneOfIt") : `${number(quantity)} ×`,
    probability,
    said: quantity === line.quantity,
  }));
  const others = line.alternatives.map(({ name, quantity, probability }) => ({ words: `${number(quantity)} × ${name}`, probability, said: false }));
  const told = [...quantities, ...others].filter((one) => one.said || one.probability >= LEAST_TOLD);
  return (
    <div className="evidence">
      <div>
        <p className="label">{t("evidence.plates")}</p>
        <Changes changes={line.changes} />
      </div>
      <div>
        <p className="label">{t("evidence.couldBe")}</p>
        <ul className="evidence-shares">
          {told.map((one) => (
            <li key={one.words} data-said={one.said}>
              <span>{one.words}</span>
              <Probability value={one.probability} />
            </li>
          ))}
        </ul>
      </div>
      {line.sights.length > 0 && (
        <div className="evidence-wide">
          <p className="label">{t("evidence.cameras")}</p>
          <Sights sights={line.sights} />
        </div>
      )}
    </div>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const { change, moment } = useWords();
  const loudest = Math.max(0, ...changes.map(({ grams }) => Math.abs(grams)));
  return (
    <ul className="evidence-changes">
      {changes
        .filter((one) => Math.abs(one.grams) >= Math.min(ECHO_G, loudest))
        .map((one, place) => (
          <li key={place}>
            <b>{one.plate}</b>
            <span className="figure">{change(one.grams)}</span>
            <span className="figure quiet small">{one.atS === null ? "" : moment(one.atS)}</span>
          </li>
        ))}
    </ul>
  );
}

export function Sights({ sights }: { sights: readonly BillSight[] }) {
  return (
    <ul className="sights">
      {sights.map((sight, place) => (
        <li key={place}>
          <SightRow sight={sight} />
        </li>
      ))}
    </ul>
  );
}

function SightRow({ sight }: { sight: BillSight }) {
  const { t, moment, list } = useWords();
  const what = t(`direction.${sight.direction}`);
  return (
    <>
      <Crops evidence={sight.evidence} alt={what} />
      <div className="sight-words">
        <p className="small">
          <Icon name="eye" size={16} /> <b>{what}</b>{" "}
          <span className="quiet">
            {t("evidence.seenBy", { camera: sight.camera, plates: list(sight.plates) })}
            {sight.atS === null ? "" : ` · ${moment(sight.atS)}`}
          </span>
        </p>
        <Guesses guesses={sight.guesses} />
        {sight.barcode !== null && <p className="small">{t("evidence.barcode", { code: sight.barcode })}</p>}
      </div>
    </>
  );
}

export function Guesses({ guesses }: { guesses: BillSight["guesses"] }) {
  const { t } = useWords();
  if (guesses.length === 0) return <p className="small quiet">{t("evidence.cannotSay")}</p>;
  return (
    <ul className="evidence-shares">
      {guesses.map((guess) => (
        <li key={guess.gtin}>
          <span className={guess.gtin === "" ? "quiet" : ""}>{guess.gtin === "" ? t("evidence.noneKnown") : guess.name}</span>
          <Probability value={guess.probability} least={0} />
        </li>
      ))}
    </ul>
  );
}

const loud = (change: Change): boolean => Math.abs(change.grams) >= ECHO_G;
