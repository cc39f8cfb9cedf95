/** Beside a receipt: the weights of its visit as a recording, as long as the store remembers them. */

import { useState } from "react";
import { useGet, usePost } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { FormProblem } from "../../parts/FormProblem";
import { fetchFile } from "../../parts/save";
import { useMay } from "../../shell/may";
import { useWords } from "../../words/use";
import { fileAddress } from "./file";

export function KeepVisit({ visit }: { visit: string }) {
  const may = useMay();
  const { value } = useGet(may("devices") ? "/api/v1/recordings/visit/{visit}" : null, { path: { visit } });
  return value?.kept === true ? <Keep visit={visit} /> : null;
}

function Keep({ visit }: { visit: string }) {
  const { t, known } = useWords();
  const { send, busy, problem } = usePost("/api/v1/recordings/visit");
  const [refused, setRefused] = useState<string | null>(null);
  const [name, setName] = useState<string | null>(null);
  const keep = async (): Promise<void> => {
    setRefused(null);
    const said = name === null ? await send({ visit, note: "" }) : null;
    if (said !== null && !said.accepted) return setRefused(known(`recordings.code.${said.code}`, said.words));
    const made = name ?? said?.name ?? null;
    if (made === null) return;
    setName(made);
    fetchFile(fileAddress(made));
  };
  return (
    <Card title={t("recordings.visit.title")}>
      <div className="stack">
        <p className="small quiet">{t("recordings.visit.words")}</p>
        <FormProblem problem={problem} words={refused} />
        <Button icon="record" busy={busy} onClick={() => void keep()}>
          {t("recordings.visit.fetch")}
        </Button>
      </div>
    </Card>
  );
}
