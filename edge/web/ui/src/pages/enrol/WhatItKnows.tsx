/** What the eye knows of a product, and the two ways back: to forget it, and to what it knew before. */

import { useEffect, useState } from "react";
import type { Goods } from "../../api/goods";
import { useGet, useLine, usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Dialog } from "../../parts/Dialog";
import { FormProblem } from "../../parts/FormProblem";
import { toast } from "../../parts/Toast";
import { useWords } from "../../words/use";
import { useEnrolment } from "./useEnrolment";

type Way = "forget" | "back";

export function WhatItKnows({ product }: { product: Goods["products"][number] }) {
  const { t, plural } = useWords();
  const version = useSnapshot((snapshot) => snapshot.enrolments_no);
  const gallery = useSnapshot((snapshot) => snapshot.eye.gallery);
  const open = useSnapshot((snapshot) => snapshot.eye.condition === "open");
  const cut = useLine((state) => state.line === "cut");
  const { value } = useGet("/api/v1/enrolments", {}, `${version} ${gallery}`);
  const [asking, setAsking] = useState<Way | null>(null);
  const photographs = value?.enrolled.find((one) => one.gtin === product.gtin)?.photographs ?? 0;
  if (value === null) return null;
  return (
    <Card title={t("enrol.known.title")}>
      <div className="form">
        <p role="status">{photographs > 0 ? plural("enrol.known.by", photographs) : t("enrol.known.not")}</p>
        <div className="row">
          <Button disabled={cut || !open || photographs === 0} aria-haspopup="dialog" onClick={() => setAsking("forget")}>
            {t("enrol.forget")}
          </Button>
          <Button icon="back" disabled={cut || !open || value.before === ""} aria-haspopup="dialog" onClick={() => setAsking("back")}>
            {t("enrol.back")}
          </Button>
        </div>
      </div>
      {asking !== null && <Ask way={asking} product={product} gallery={value.gallery} before={value.before} onClose={() => setAsking(null)} />}
    </Card>
  );
}

function Ask({ way, product, gallery, before, onClose }: { way: Way; product: Goods["products"][number]; gallery: string; before: string; onClose: () => void }) {
  const { t, known } = useWords();
  const forget = usePost("/api/v1/gallery/forget");
  const back = usePost("/api/v1/gallery/back");
  const [token, setToken] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const { value } = useEnrolment(token);
  const waits = token !== "" && value?.step === "waiting";
  useEffect(() => {
    if (value?.step !== "done") return;
    toast(way === "forget" ? t("enrol.forgotten") : t("enrol.back.done", { gallery: value.gallery }));
    onClose();
  }, [value, way, t, onClose]);
  const act = async (): Promise<void> => {
    setRefused(null);
    const said = way === "forget" ? await forget.send({ gtin: product.gtin }) : await back.send({});
    if (said === null) return;
    if (said.accepted) setToken(said.token);
    else setRefused(known(`enrol.said.${said.code}`, said.words));
  };
  const trouble = value?.trouble ?? null;
  return (
    <Dialog title={way === "forget" ? t("enrol.forget.title", { product: product.name }) : t("enrol.back.title")} onClose={onClose}>
      <div className="form">
        <p>{way === "forget" ? t("enrol.forget.words") : t("enrol.back.words", { before, gallery })}</p>
        <FormProblem problem={forget.problem ?? back.problem} words={refused ?? (trouble === null ? null : known(`enrol.trouble.${trouble}`, value?.detail ?? ""))} />
        <div className="form-acts">
          <Button onClick={onClose}>{t("act.cancel")}</Button>
          <Button kind={way === "forget" ? "danger" : "primary"} busy={forget.busy || back.busy || waits} onClick={() => void act()} data-first>
            {t(way === "forget" ? "enrol.forget" : "enrol.back")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
