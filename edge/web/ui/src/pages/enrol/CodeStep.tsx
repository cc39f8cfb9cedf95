/** Which product it is: its number, read by a camera, scanned or typed. */

import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { Goods } from "../../api/goods";
import { useLine, usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { FormProblem } from "../../parts/FormProblem";
import { Icon } from "../../parts/Icon";
import { useWords } from "../../words/use";
import { sameArticle, scanned } from "../products/gtin";
import type { StepProps } from "./NewProductPage";
import { useEnrolment, useLooking } from "./useEnrolment";
import { useCamera, useSees, Viewer } from "./Viewer";

/** The product of the catalogue that a number stands for already. */
export const twinOf = (goods: Goods, gtin: string) => goods.products.find((one) => sameArticle(one.gtin, scanned(gtin)));

export function CodeStep({ goods, begun, onBegun, bind }: StepProps) {
  const { t } = useWords();
  const eye = useSnapshot((snapshot) => snapshot.eye.condition !== "off");
  const twin = twinOf(goods, begun.draft.gtin);
  return (
    <>
      <p>{t(eye ? "enrol.code.words" : "enrol.code.words.typed")}</p>
      <Field hint={t("product.gtin.hint")} inputMode="numeric" maxLength={120} required data-first {...bind("gtin")} />
      {twin !== undefined && (
        <div className="enrol-known" role="status">
          <p>
            <Icon name="product" size={18} /> {t("enrol.code.known", { product: twin.name })}
          </p>
          <p className="row">
            {eye && <Link href={`/products/${twin.gtin}/photographs`}>{t("enrol.code.photograph")}</Link>}
            <Link href={`/products/${twin.gtin}`}>{t("product.open", { product: twin.name })}</Link>
          </p>
        </div>
      )}
      {eye && <Reader token={begun.token} onToken={(token) => onBegun({ token })} onCode={(gtin) => onBegun({ draft: { ...begun.draft, gtin } })} />}
    </>
  );
}

/** Reads a bar code that is held before a camera. */
function Reader({ token, onToken, onCode }: { token: string; onToken: (token: string) => void; onCode: (gtin: string) => void }) {
  const { t, known } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const [reading, setReading] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [chosen, setChosen] = useState("");
  const camera = useCamera(chosen);
  const sees = useSees(camera);
  const { value } = useEnrolment(token);
  const begin = usePost("/api/v1/enrolments");
  const halted = useLooking(token, camera, reading && sees ? "code" : null);
  const read = value?.code ?? "";
  const before = useRef("");
  useEffect(() => {
    if (!reading || read === "" || read === before.current) return;
    before.current = read;
    setReading(false);
    onCode(read);
  }, [reading, read, onCode]);
  const start = async (): Promise<void> => {
    setRefused(null);
    before.current = ""; // the same code may be held up again
    const said = await begin.send({ gtin: "", token: token === "" ? null : token });
    if (said === null) return;
    if (!said.accepted) return setRefused(known(`enrol.said.${said.code}`, said.words));
    onToken(said.token);
    setReading(true);
  };
  return (
    <div className="enrol-reader">
      {reading ? (
        <Viewer camera={camera} onCamera={setChosen}>
          <p role="status" className="enrol-say">
            {t("enrol.code.looking")}
          </p>
          <Button icon="pause" onClick={() => setReading(false)}>
            {t("enrol.code.stop")}
          </Button>
        </Viewer>
      ) : (
        <Button icon="camera" disabled={cut || !sees} busy={begin.busy} onClick={() => void start()}>
          {t("enrol.code.read")}
        </Button>
      )}
      <p role="status" className="small">
        {!reading && read !== "" && t("enrol.code.found", { gtin: read })}
      </p>
      <FormProblem problem={begin.problem} words={refused ?? (halted === null ? null : known(`enrol.said.${halted}`, halted))} />
    </div>
  );
}
