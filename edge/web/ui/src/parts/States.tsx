/** The four ways in which a list has nothing to show: it is empty, still loading, failed, or shows what was known before a cut. */

import type { ReactNode } from "react";
import type { ApiProblem } from "../api/problem";
import { useWords } from "../words/use";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import "./states.css";

interface EmptyProps {
  icon?: IconName;
  title: string;
  /** Nothing being there is good news: one quiet line. */
  calm?: boolean;
  children?: ReactNode;
}

/** Nothing is there, and what would have to happen so that something is. */
export function Empty({ icon = "check", title, calm = false, children }: EmptyProps) {
  return (
    <div className="state" data-calm={calm}>
      <span className="state-mark">
        <Icon name={icon} size={22} />
      </span>
      <div>
        <p className="state-title">{title}</p>
        {children !== undefined && <p className="quiet small">{children}</p>}
      </div>
    </div>
  );
}

/** Grey bars where `rows` rows will stand. */
export function Loading({ rows = 3, words }: { rows?: number; words?: string }) {
  const { t } = useWords();
  return (
    <div className="loading" role="status">
      <span className="unseen">{words ?? t("state.loading")}</span>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

/** What went wrong in the reader's language, and a way to try again. */
export function Failure({ problem, onAgain }: { problem: ApiProblem; onAgain?: () => void }) {
  const { t, known } = useWords();
  return (
    <div className="state" role="alert" data-tone="bad">
      <span className="state-mark">
        <Icon name="critical" size={22} />
      </span>
      <p className="state-title">{known(`problem.${problem.code}.title`, problem.title)}</p>
      <p className="quiet small">{known(`problem.${problem.code}.detail`, problem.detail)}</p>
      {onAgain !== undefined && (
        <Button icon="again" onClick={onAgain}>
          {t("act.again")}
        </Button>
      )}
    </div>
  );
}
