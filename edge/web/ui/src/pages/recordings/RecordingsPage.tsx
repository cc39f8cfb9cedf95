/** Recordings of the weights: made from now on or of what is over, kept, fetched, deleted. */

import { useEffect, useState } from "react";
import { useGet } from "../../api/use";
import { useAgain } from "../../api/useAgain";
import { Card } from "../../parts/Card";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { type Recordings, usedShare } from "./listed";
import { RecordForm } from "./RecordForm";
import { RecordingRow } from "./RecordingRow";
import { RunningCard } from "./RunningCard";
import "./recordings.css";

const RUNNING_MS = 1000; // between two looks while one is made
const STILL_MS = 10_000; // and while none is: somebody else may begin one

export default function RecordingsPage() {
  const { t } = useWords();
  const [quick, setQuick] = useState(false);
  const { value, problem, again } = useGet("/api/v1/recordings", {}, useAgain(quick ? RUNNING_MS : STILL_MS));
  const running = value?.running != null;
  useEffect(() => setQuick(running), [running]);
  return (
    <Page title={t("recordings.title")}>
      {value === null ? (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : (
        <>
          {problem !== null && <Failure problem={problem} onAgain={again} />}
          <div className="recordings-page">
            {value.running == null ? <RecordForm memory={value.memory} onMade={again} /> : <RunningCard running={value.running} onEnded={again} />}
            <Kept recordings={value} onChanged={again} />
            <Contents />
          </div>
        </>
      )}
    </Page>
  );
}

function Kept({ recordings, onChanged }: { recordings: Recordings; onChanged: () => void }) {
  const { t, bytes, percent } = useWords();
  const share = usedShare(recordings);
  return (
    <Card flush title={t("recordings.kept")} aside={t("recordings.room", { used: bytes(recordings.used_bytes), most: bytes(recordings.most_bytes) })}>
      {share >= 0.9 && <p className="recordings-full small">{t("recordings.full", { share: percent(share) })}</p>}
      {recordings.recordings.length === 0 ? (
        <Empty icon="record" title={t("recordings.none.title")}>
          {t("recordings.none.words")}
        </Empty>
      ) : (
        <ul>
          {recordings.recordings.map((recording) => (
            <RecordingRow key={recording.name} recording={recording} onChanged={onChanged} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** What somebody who fetches a recording holds in hands. */
function Contents() {
  const { t } = useWords();
  return (
    <Card title={t("recordings.contents")}>
      <div className="recordings-words">
        <p>{t("recordings.contents.has")}</p>
        <p>{t("recordings.contents.hasNot")}</p>
        <p className="quiet small">{t("recordings.contents.read")}</p>
        <pre className="mono small" tabIndex={0}>
          smartstore receipts FILE --explain
        </pre>
      </div>
    </Card>
  );
}
