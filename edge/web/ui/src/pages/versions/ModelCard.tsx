/** One model with its versions: which one is in use, which one was before, and the way from one to the other. */

import { useState } from "react";
import type { Posted } from "../../api/client";
import { usePost } from "../../api/use";
import { Badge } from "../../parts/Badge";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Dialog } from "../../parts/Dialog";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import type { Versions } from "./VersionsPage";

type Model = Versions["models"][number];

export function ModelCard({ model, onChanged }: { model: Model; onChanged: () => void }) {
  const { t, bytes, known } = useWords();
  const [wanted, setWanted] = useState<string | null>(null);
  const previous = model.versions.find((version) => version.previous);
  return (
    <Card flush title={<span className="mono">{model.name}</span>} aside={known(`versions.purpose.${model.purpose}`, model.purpose)}>
      <ul>
        {model.versions.map((version) => (
          <li key={version.version} className="model">
            <div>
              <p className="model-version">{t("versions.version", { version: version.version })}</p>
              <p className="small quiet">
                {bytes(version.bytes)} · {t(version.shipped ? "versions.shipped" : "versions.added")}
              </p>
            </div>
            <div className="row">
              {version.active && <Badge tone={model.used ? "good" : "plain"}>{t(model.used ? "versions.active" : "versions.chosen")}</Badge>}
              {version.previous && <Badge>{t("versions.previous")}</Badge>}
              {!version.present && <Badge tone="warn">{t("versions.missing")}</Badge>}
              {!version.active && version.present && (
                <Button kind="quiet" onClick={() => setWanted(version.version)}>
                  {t(version.previous ? "versions.goBack" : "versions.use")}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {wanted !== null && (
        <ModelDialog name={model.name} version={wanted} back={wanted === previous?.version} onClose={() => setWanted(null)} onChanged={onChanged} />
      )}
    </Card>
  );
}

interface Props {
  name: string;
  version: string;
  back: boolean;
  onClose: () => void;
  onChanged: () => void;
}

function ModelDialog({ name, version, back, onClose, onChanged }: Props) {
  const { t, known } = useWords();
  const use = usePost("/api/v1/models/{name}/use");
  const rollBack = usePost("/api/v1/models/{name}/rollback");
  const [refused, setRefused] = useState<string | null>(null);
  const change = async (): Promise<void> => {
    setRefused(null);
    const said: Posted<"/api/v1/models/{name}/use"> | null = back ? await rollBack.send({}, { name }) : await use.send({ version }, { name });
    if (said === null) return;
    if (!said.accepted) return setRefused([known(`versions.code.${said.code}`, ""), said.words].filter((words) => words !== "").join(" "));
    toast(t("versions.code.model_used", { version: said.version ?? version }));
    onClose();
    onChanged();
  };
  return (
    <Dialog title={t(back ? "versions.goBack.title" : "versions.use.title")} onClose={onClose}>
      <div className="form">
        <p>{t("versions.use.words", { name, version })}</p>
        <p className="small quiet">{t("versions.use.then")}</p>
        <FormProblem problem={use.problem ?? rollBack.problem} words={refused} />
        <div className="form-acts">
          <Button onClick={onClose} data-first>
            {t("act.cancel")}
          </Button>
          <Button kind="primary" busy={use.busy || rollBack.busy} onClick={() => void change()}>
            {t(back ? "versions.goBack" : "versions.use")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
