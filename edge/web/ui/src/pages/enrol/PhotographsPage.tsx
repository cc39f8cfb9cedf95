/** Photographs of a product that is sold already: taken anew, compared, saved; what the eye knows of it, forgotten or brought back. */

import { useState } from "react";
import { Link, useParams } from "wouter";
import { type Goods, useGoods } from "../../api/goods";
import { useLine, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { TryNewGoods } from "../../shopper/TryShopper";
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
  const { t } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const [token, setToken] = useState("");
  const [saving, setSaving] = useState(false);
  const { value } = useEnrolment(token);
  const used = usedOf(value?.views ?? []);
  return (
    <Page title={t("enrol.again.title", { product: product.name })}>
      {saving ? (
        <Card>
          <div className="form enrol-step">
            <Learned gtin={product.gtin} token={token} />
            <div className="form-acts">
              {value?.step !== "done" && <Button onClick={() => setSaving(false)}>{t("act.back")}</Button>}
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
            <div className="form-acts">
              <Link href={`/products/${product.gtin}`} className="button" data-kind="plain">
                {t("act.back")}
              </Link>
              <Button kind="primary" disabled={cut || used === 0} onClick={() => setSaving(true)}>
                {t("enrol.save.photographs")}
              </Button>
            </div>
          </div>
        </Card>
      )}
      <WhatItKnows product={product} />
      <TryNewGoods />
    </Page>
  );
}
