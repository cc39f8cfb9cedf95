/** One visit as a shopper makes it, billed to nobody: what was asked for against what was counted. */

import { Link } from "wouter";
import { useSnapshot } from "../../api/use";
import { Facts } from "../../parts/Facts";
import { useWords } from "../../words/use";
import { type Found, procedureOf } from "./bench";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Telling } from "./Telling";

type Golden = NonNullable<Found["golden"]>;

export function GoldenStep(props: StepProps) {
  const { t, number } = useWords();
  const { bench } = props;
  const procedure = procedureOf(bench, "golden");
  const golden = procedure?.found.golden ?? null;
  const cameras = useSnapshot(({ eye }) => eye.cameras);
  const result =
    golden === null ? undefined : t("bench.golden.right", { units: number(golden.take - golden.back), product: golden.product, plate: golden.plate });
  return (
    <StepCard
      {...props}
      order={() => ({})}
      path="/api/v1/commissioning/unlocking/{step}"
      act={t("bench.golden.act")}
      below={
        procedure !== null && (
          <Telling bench={bench} procedure={procedure} result={result}>
            {golden !== null && <Compared golden={golden} />}
          </Telling>
        )
      }
    >
      <p className="small quiet">{t("bench.golden.how")}</p>
      {cameras.length > 0 && (
        <p className="small">
          {cameras.map(({ camera }) => (
            <Link key={camera} href={`/cameras/${camera}/zones`} className="bench-zones">
              {t("bench.golden.zones", { camera })}
            </Link>
          ))}
        </p>
      )}
    </StepCard>
  );
}

function Compared({ golden }: { golden: Golden }) {
  const { t, number, list } = useWords();
  const live =
    golden.live < 0
      ? t("bench.golden.live.taken", { units: number(-golden.live) })
      : t(golden.live > 0 ? "bench.golden.live.put" : "bench.golden.live.none", { units: number(golden.live) });
  const changes = golden.changes.map(({ plate, product, units }) =>
    t("bench.golden.change", { plate, product, units: units > 0 ? `+${number(units)}` : `−${number(-units)}` }),
  );
  const counted = golden.right !== null;
  return (
    <Facts
      rows={[
        [t("bench.golden.product"), `${golden.product}, ${golden.plate}`],
        [t("bench.golden.asked"), t("bench.golden.asked.words", { take: number(golden.take), back: number(golden.back) })],
        counted ? [t("bench.golden.changes"), changes.length === 0 ? t("bench.golden.changes.none") : list(changes)] : [t("bench.golden.live"), live],
        [t("bench.golden.most"), number(golden.most)],
        ...(golden.stray.length > 0 ? [[t("bench.golden.stray"), list([...golden.stray])] as const] : []),
        ...(golden.counted_s !== null ? [[t("bench.golden.counted"), t("bench.seconds", { seconds: number(golden.counted_s) })] as const] : []),
        ...(counted ? [[t("bench.golden.cloud"), t(`bench.golden.cloud.${golden.cloud}`)] as const] : []),
      ]}
    />
  );
}
