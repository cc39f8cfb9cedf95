/** The doctor: everything that a store needs is looked at, and what is wrong is told with what to do about it. */

import { useCallback, useEffect, useState } from "react";
import { useGet, usePost } from "../../api/use";
import { useAgain } from "../../api/useAgain";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { FormProblem } from "../../parts/FormProblem";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { byLevel, type Checkup, type Finding, type Level, TONES, words as wordsOf } from "./findings";
import "./doctor.css";

const LOOKED_MS = 1000; // between two looks whether the doctor is done

export default function DoctorPage() {
  const { t, date } = useWords();
  const { send, busy, problem: refused } = usePost("/api/v1/checkup");
  const [looking, setLooking] = useState(false);
  const { value, problem, again } = useGet("/api/v1/checkup", {}, useAgain(looking ? LOOKED_MS : null));
  const going = value?.running === true;
  useEffect(() => setLooking(going), [going]);
  const look = useCallback(async (): Promise<void> => {
    if ((await send({})) !== null) again();
  }, [send, again]);
  const never = value !== null && !value.running && value.begun_unix_s === null;
  useEffect(() => {
    if (never) void look();
  }, [never, look]);
  const running = value === null || value.running || never;
  return (
    <Page
      title={t("doctor.title")}
      actions={
        <>
          {value?.done_unix_s != null && (
            <a className="button" href="/api/v1/checkup/file" download>
              {t("doctor.fetch")}
            </a>
          )}
          <Button kind="primary" icon="again" busy={busy || (value !== null && running)} onClick={() => void look()}>
            {t("doctor.look")}
          </Button>
        </>
      }
    >
      <p className="quiet">{t("doctor.means")}</p>
      <FormProblem problem={refused} />
      <p className="unseen" role="status">
        {running ? t("doctor.looking") : t("doctor.done")}
      </p>
      {value === null ? (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : (
        <>
          {value.done_unix_s != null && (
            <p className="small quiet">
              {t("doctor.at", { at: date(value.done_unix_s) })}
              {value.running && ` · ${t("doctor.looking")}`}
            </p>
          )}
          {value.findings.length > 0 ? <Findings checkup={value} /> : <Card><Loading rows={8} words={t("doctor.looking")} /></Card>}
        </>
      )}
    </Page>
  );
}

function Findings({ checkup }: { checkup: Checkup }) {
  const { t } = useWords();
  const groups = byLevel(checkup.findings);
  const wrong = groups.filter(([level]) => level !== "ok");
  const fine = groups.find(([level]) => level === "ok")?.[1] ?? [];
  return (
    <>
      {wrong.length === 0 && (
        <Card>
          <Empty icon="check" calm title={t("doctor.well.title")}>
            {t("doctor.well.words")}
          </Empty>
        </Card>
      )}
      {wrong.map(([level, findings]) => (
        <Group key={level} level={level} findings={findings} />
      ))}
      {fine.length > 0 && <Group level="ok" findings={fine} />}
    </>
  );
}

function Group({ level, findings }: { level: Level; findings: readonly Finding[] }) {
  const { t, plural } = useWords();
  return (
    <Card flush title={t(`doctor.${level}`)} aside={plural("doctor.findings", findings.length)}>
      <ul>
        {findings.map((finding, place) => (
          <Row key={`${finding.code} ${place}`} finding={finding} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ finding }: { finding: Finding }) {
  const words = useWords();
  const { text, advice } = wordsOf(finding, words);
  return (
    <li className="finding">
      <Badge tone={TONES[finding.level]}>{words.known(`doctor.check.${finding.check}`, finding.check)}</Badge>
      <div>
        <p>{text}</p>
        {advice !== "" && <p className="finding-advice small">{advice}</p>}
      </div>
    </li>
  );
}
