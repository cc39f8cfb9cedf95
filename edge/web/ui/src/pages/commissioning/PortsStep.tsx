/** Which serial ports there are, which line uses which, and who holds the rest. */

import { Badge, type Tone } from "../../parts/Badge";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { type Found, procedureOf } from "./bench";
import { StepCard } from "./StepCard";
import type { StepProps } from "./steps";
import { Telling } from "./Telling";

type Port = Found["ports"][number];

const TONES: Record<Port["state"], Tone> = { used: "good", held: "warn", free: "plain", denied: "warn", missing: "bad" };

export function PortsStep(props: StepProps) {
  const { t, plural } = useWords();
  const procedure = procedureOf(props.bench, "ports");
  const ports = procedure?.found.ports ?? [];
  return (
    <StepCard
      {...props}
      order={() => ({})}
      act={t("bench.ports.look")}
      below={
        procedure !== null && (
          <Telling bench={props.bench} procedure={procedure} result={plural("bench.ports.found", ports.length)} shortfall={t("bench.ports.closed")}>
            {procedure.state !== "running" && ports.length === 0 && <Empty icon="line" title={t("bench.ports.none")} />}
            <ul className="bench-rows">
              {ports.map((port) => (
                <PortRow key={port.url} port={port} />
              ))}
            </ul>
          </Telling>
        )
      }
    />
  );
}

function PortRow({ port }: { port: Port }) {
  const { t, list } = useWords();
  return (
    <li>
      <div>
        <p>
          {port.bus === null ? <span className="quiet">{t("bench.ports.unused")}</span> : <b>{port.bus}</b>} <span className="mono small">{port.names[0] ?? port.url}</span>
        </p>
        {port.names.slice(1).map((name) => (
          <p key={name} className="mono small quiet">
            {name}
          </p>
        ))}
        {port.description !== "" && <p className="small quiet">{port.description}</p>}
        {port.state === "held" && <p className="small">{t("bench.ports.holders", { holders: list(port.holders) })}</p>}
        {port.trouble !== "" && <p className="small bench-wrong">{port.trouble}</p>}
      </div>
      <Badge tone={TONES[port.state]}>{t(`bench.port.${port.state}`)}</Badge>
    </li>
  );
}
