/** A product before a camera: photographs by themselves or at the press of a button, each judged as it is taken. */

import { useEffect, useRef, useState } from "react";
import { useLine, usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { FormProblem } from "../../parts/FormProblem";
import { useWords } from "../../words/use";
import { useEnrolment, useLooking } from "./useEnrolment";
import { useCamera, useSees, Viewer } from "./Viewer";
import { Views } from "./Views";
import { ENOUGH, FEW, newest, usedOf, type View } from "./views";

interface Props {
  gtin: string;
  /** Under which the store keeps the photographs, "" before the first. */
  token: string;
  onToken: (token: string) => void;
}

const NONE: readonly View[] = [];

export function Photographs({ gtin, token, onToken }: Props) {
  const { t, known, number } = useWords();
  const cut = useLine((state) => state.line === "cut");
  const shopper = useSnapshot((snapshot) => snapshot.visit?.role === "shopper");
  const [chosen, setChosen] = useState("");
  const camera = useCamera(chosen);
  const sees = useSees(camera);
  const { value } = useEnrolment(token);
  const begin = usePost("/api/v1/enrolments");
  const look = usePost("/api/v1/enrolments/{token}/look");
  const [itself, setItself] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [taking, setTaking] = useState(false);
  const views = value?.views ?? NONE;
  const used = usedOf(views);
  const full = value?.full ?? false;
  const halted = useLooking(token, camera, itself && !full && value?.gtin === gtin ? "views" : null);
  const last = useLatest(views);

  useEffect(() => {
    if (full) setItself(false);
  }, [full]);
  useEffect(() => setTaking(false), [views, value?.trouble]);

  /** The token of an enrolment of this very product, null where the store refuses one. */
  const ready = async (): Promise<string | null> => {
    if (token !== "" && value?.gtin === gtin) return token;
    const said = await begin.send({ gtin, token: token === "" ? null : token });
    if (said === null) return null;
    if (!said.accepted) {
      setRefused(known(`enrol.said.${said.code}`, said.words));
      return null;
    }
    onToken(said.token);
    return said.token;
  };
  const byItself = async (): Promise<void> => {
    setRefused(null);
    if ((await ready()) !== null) setItself(true);
  };
  const one = async (): Promise<void> => {
    setRefused(null);
    const own = await ready();
    if (own === null) return;
    setTaking(true);
    const said = await look.send({ camera, looking: "view" }, { token: own });
    if (said?.accepted === true) return;
    setTaking(false);
    if (said !== null) setRefused(known(`enrol.said.${said.code}`, said.words));
  };

  const told = refused ?? (halted === null ? null : known(`enrol.said.${halted}`, halted)) ?? trouble(value?.trouble ?? null, known);
  return (
    <div className="enrol-photographs">
      <div className="enrol-shoot">
        <Viewer camera={camera} onCamera={setChosen} />
        <div className="enrol-shoot-acts">
          {itself ? (
            <Button icon="pause" onClick={() => setItself(false)}>
              {t("enrol.take.stop")}
            </Button>
          ) : (
            <Button kind="primary" icon="camera" disabled={cut || !sees || shopper || full} busy={begin.busy} onClick={() => void byItself()}>
              {t("enrol.take.itself")}
            </Button>
          )}
          <Button icon="add" disabled={cut || !sees || shopper} busy={taking || look.busy} onClick={() => void one()}>
            {t("enrol.take.one")}
          </Button>
        </div>
        <p className="enrol-say" role="status">
          <Says shopper={shopper} full={full} itself={itself} taking={taking} last={last} />
        </p>
        <FormProblem problem={begin.problem ?? look.problem} words={told} />
      </div>
      <div className="enrol-taken">
        <p className="enrol-count">
          <b>{t("enrol.step.photographs")}</b> <span className="figure">{t("enrol.photographs.count", { used: number(used), enough: number(ENOUGH) })}</span>
          <span className="enrol-dots" aria-hidden="true">
            {Array.from({ length: ENOUGH }, (_, place) => (
              <i key={place} data-on={place < used} />
            ))}
          </span>
        </p>
        {used > 0 && used < FEW && !itself && <p className="small quiet">{t("enrol.photographs.few")}</p>}
        <Views token={token} views={views} disabled={cut || !sees} />
      </div>
    </div>
  );
}

function Says({ shopper, full, itself, taking, last }: { shopper: boolean; full: boolean; itself: boolean; taking: boolean; last: View | null }) {
  const { t, known, list } = useWords();
  if (shopper) return t("enrol.say.shopper");
  if (full) return t("enrol.photographs.full");
  if (taking) return t("enrol.say.taking");
  if (last !== null && !last.used) return known(`enrol.flaw.${last.flaw ?? ""}`, "").replace("{codes}", list(last.codes));
  if (last !== null) return t("enrol.say.turn");
  return t(itself ? "enrol.say.looking" : "enrol.say.ready");
}

/** The photograph that came last while this is shown. */
function useLatest(views: readonly View[]): View | null {
  const before = useRef(views);
  const [last, setLast] = useState<View | null>(null);
  useEffect(() => {
    const found = before.current.length === 0 && views.length > 1 ? null : newest(before.current, views);
    before.current = views;
    if (found !== null) setLast(found);
  }, [views]);
  return last;
}

const trouble = (code: string | null, known: (key: string, fallback: string) => string): string | null =>
  code === null || code === "enough_views" ? null : known(`enrol.trouble.${code}`, code);
