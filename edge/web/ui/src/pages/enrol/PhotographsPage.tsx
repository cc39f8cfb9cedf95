/** Photographs of a product that is sold already: taken anew, compared, saved; what the eye knows of it, forgotten or brought back. */

import { useState } from "react";
import { Link, useParams } from "wouter";
import { type Goods, useGoods } from "../../api/goods";
import { useLine, usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { FormProblem } from "../../parts/FormProblem";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { sameArticle } from "../products/gtin";
import { Alikes } from "./Alikes";
import { Learned } from "./DoneStep";
import { Photographs } from "./Photographs";
import { useEnrolment } from "./useEnrolment";
import { usedOf } from "./views";
import { WhatItKnows } from "./WhatItKnows";
import "./enrol.css";

export default function PhotographsPage() {
  const { t } = useWords();
  const { gtin = "" } = useParams<{ gtin: string }>();
  const { value: goods, problem, again } = useGoods();
  const product = goods?.products.find((one) => sameArticle(one.gtin, gtin));
  const cameras = useSnapshot((snapshot) => snapshot.eye.condition !== "off");
  if (goods === null || product === undefined || !cameras) {
    return (
      <Page title={t("enrol.step.photographs")}>
        <Card>
          {goods === null ? (
            problem === null ? <Loading rows={6} /> : <Failure problem={problem} onAgain={again} />
          ) : product === undefined ? (
            <Empty icon="question" title={t("enrol.gone.title")}>
              {t("enrol.gone.words")} <Link href="/products/new">{t("enrol.title")}</Link>
            </Empty>
          ) : (
            <Empty icon="camera" title={t("enrol.camera.none")} />
          )}
        </Card>
      </Page>
    );
  }
  return <Taking key={product.gtin} product={product} />;
}

function Taking({ product }: { product: Goods["products"][number] }) {
  const { t, known } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const [token, setToken] = useState("");
  const [asked, setAsked] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const { value } = useEnrolment(token);
  const { send, busy, problem } = usePost("/api/v1/enrolments/{token}/save");
  const used = usedOf(value?.views ?? []);
  const over = asked && value !== null && value.step !== "taking";
  const save = async (): Promise<void> => {
    setRefused(null);
    const said = await send({ gtin: product.gtin }, { token });
    if (said === null) return;
    if (said.accepted) setAsked(true);
    else setRefused(known(`enrol.said.${said.code}`, said.words));
  };
  return (
    <Page title={t("enrol.again.title", { product: product.name })}>
      {over ? (
        <Card>
          <div className="enrol-step">
            <Learned gtin={product.gtin} token={token} />
            <div className="form-acts">
              <Link href={`/products/${product.gtin}`} className="button" data-kind="primary">
                {t("act.done")}
              </Link>
            </div>
          </div>
        </Card>
      ) : (
        <Card title={t("enrol.photographs.title")}>
          <div className="form enrol-step">
            <p>
              {t("enrol.photographs.words")} <span className="quiet">{t("enrol.known.replaced")}</span>
            </p>
            <Photographs gtin={product.gtin} token={token} onToken={setToken} />
            {used > 0 && <Alikes enrolment={value} />}
            <FormProblem problem={problem} words={refused ?? (asked && value?.trouble != null ? known(`enrol.trouble.${value.trouble}`, value.detail) : null)} />
            <div className="form-acts">
              <Link href={`/products/${product.gtin}`} className="button" data-kind="plain">
                {t("act.back")}
              </Link>
              <Button kind="primary" busy={busy} disabled={cut || used === 0} onClick={() => void save()}>
                {t("enrol.save.photographs")}
              </Button>
            </div>
          </div>
        </Card>
      )}
      <WhatItKnows product={product} />
    </Page>
  );
}
