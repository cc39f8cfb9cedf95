/** The frame of one step: its name, why it is done, what is chosen for it, and the button that begins it. */

import type { ReactNode } from "react";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { FormProblem } from "../../parts/FormProblem";
import { useWords } from "../../words/use";
import { type Order, procedureOf, runs, whole } from "./bench";
import type { StepProps } from "./steps";
import { useWish } from "./useBench";

interface Props extends StepProps {
  /** What is to be chosen before it begins. */
  children?: ReactNode;
  /** Null: something is missing that the fields say. */
  order: () => Order | null;
  /** By another way than the step's own, such as one that asks for the password. */
  path?: "/api/v1/commissioning/zero" | "/api/v1/commissioning/unlocking/{step}";
  act: string;
  /** What runs or has come out. */
  below?: ReactNode;
}

export function StepCard({ bench, step, still, children, order, path, act, below }: Props) {
  const { t } = useWords();
  const { wish, busy, refused } = useWish();
  const begin = (): void => {
    const wanted = order();
    if (wanted === null) return;
    const body = whole(wanted);
    void wish(path ?? "/api/v1/commissioning/steps/{step}", body, { step: step.step });
  };
  return (
    <Card title={t(`bench.step.${step.step}`)} className="bench-card">
      <p className="quiet">{t(`bench.step.${step.step}.words`)}</p>
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        {procedureOf(bench, step.step)?.state !== "running" && children}
        <FormProblem problem={null} words={refused} />
        {!runs(bench) && (
          <div className="form-acts bench-acts">
            <Button type="submit" kind="primary" busy={busy} disabled={still}>
              {act}
            </Button>
          </div>
        )}
      </form>
      {below}
    </Card>
  );
}
