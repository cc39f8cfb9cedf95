/** Who did what, newest first: by action and by person, further back page by page, and as a file. */

import { useEffect, useState } from "react";
import { Link } from "wouter";
import { get } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { useGet } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Page } from "../../parts/Page";
import { saveText } from "../../parts/save";
import { Select } from "../../parts/Select";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { csvOf, type Line, visitOf } from "./lines";
import "./audit.css";

const PAGE = 50;
const TYPED_MS = 300; // ms after the last letter

export default function AuditPage() {
  const { t, known } = useWords();
  const [action, setAction] = useState("");
  const [typed, setTyped] = useState("");
  const by = useLater(typed.trim());
  const query = { limit: PAGE, action: action === "" ? null : action, by: by === "" ? null : by };
  const { value, problem, again } = useGet("/api/v1/audit", { query });
  const actions = (value?.actions ?? []).map((one) => ({ value: one, words: known(`audit.${one}`, one) }));
  const chosen = action !== "" && !actions.some((one) => one.value === action) ? [{ value: action, words: known(`audit.${action}`, action) }] : [];
  return (
    <Page title={t("audit.title")}>
      <Card>
        <div className="audit-filter">
          <Select label={t("audit.action")} options={[{ value: "", words: t("audit.action.all") }, ...chosen, ...actions]} value={action} onChoose={setAction} />
          <Field label={t("audit.by")} hint={t("audit.by.hint")} value={typed} maxLength={200} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        </div>
      </Card>
      <Card flush>
        {value === null ? problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} /> : <Lines key={JSON.stringify([query, value.rows[0]?.number])} first={value.rows} next={value.next_before} query={query} onFresh={again} />}
      </Card>
    </Page>
  );
}

interface Props {
  first: readonly Line[];
  next: number | null;
  query: Readonly<Record<string, string | number | null>>;
  onFresh: () => void;
}

function Lines({ first, next: firstNext, query, onFresh }: Props) {
  const { t } = useWords();
  const [lines, setLines] = useState(first);
  const [next, setNext] = useState(firstNext);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const older = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const page = await get("/api/v1/audit", { query: { ...query, before: next } });
      setLines((known) => [...known, ...page.rows]);
      setNext(page.next_before);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (lines.length === 0) {
    return (
      <Empty icon="audit" title={t("audit.none")}>
        {t("audit.none.words")}
      </Empty>
    );
  }
  return (
    <>
      <ol className="audit" aria-label={t("audit.title")}>
        {lines.map((line) => (
          <Row key={line.number} line={line} />
        ))}
      </ol>
      {problem !== null && <Failure problem={problem} />}
      <div className="audit-acts">
        {next !== null && (
          <Button busy={busy} onClick={() => void older()}>
            {t("audit.older")}
          </Button>
        )}
        <Button icon="again" onClick={onFresh}>
          {t("audit.fresh")}
        </Button>
        <Button icon="down" onClick={() => saveText("audit.csv", csvOf(lines))}>
          {t("audit.save")}
        </Button>
      </div>
    </>
  );
}

function Row({ line }: { line: Line }) {
  const { t, known, date } = useWords();
  const visit = visitOf(line);
  return (
    <li className="audit-line">
      <time className="small quiet" dateTime={new Date(line.at_unix_s * 1000).toISOString()}>
        {date(line.at_unix_s)}
      </time>
      <div className="audit-what">
        <p>
          <strong>{known(`audit.${line.action}`, line.action)}</strong> <span className="quiet">{line.by}</span>
        </p>
        <p className="small quiet">{line.detail}</p>
      </div>
      {visit !== null && (
        <Link className="small" href={`/visits/${visit}`}>
          {t("audit.visit")}
        </Link>
      )}
    </li>
  );
}

/** The text once nobody has typed for a moment. */
function useLater(text: string): string {
  const [later, setLater] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setLater(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return later;
}
