/** A new product, step by step: its number, name and price, weight, photographs, a last look, and what became of it. */

import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { type Goods, useGoods } from "../../api/goods";
import { useGet, useLine, usePost, useSnapshot } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { focusWrong } from "../../parts/form";
import { FormProblem } from "../../parts/FormProblem";
import { Page } from "../../parts/Page";
import { Failure, Loading } from "../../parts/States";
import { TryNewGoods } from "../../shopper/TryShopper";
import { decimalsOf, shortest } from "../../words/typed";
import { useWords } from "../../words/use";
import { type Draft, type DraftField, GRAM_DECIMALS, read, TAX_DECIMALS, type Wrong } from "../products/draft";
import { scanned } from "../products/gtin";
import { CheckStep } from "./CheckStep";
import { CodeStep, twinOf } from "./CodeStep";
import { DoneStep } from "./DoneStep";
import { type Begun, isBegun, keep, kept, NOTHING } from "./kept";
import { PhotographsStep } from "./PhotographsStep";
import { ProductStep } from "./ProductStep";
import { Progress } from "./Progress";
import { beside, type Step, stepAt, stepsOf, usualTax, wrongIn } from "./steps";
import { Unfinished } from "./Unfinished";
import { useEnrolment } from "./useEnrolment";
import { usedOf } from "./views";
import { WeightStep } from "./WeightStep";
import "./enrol.css";

/** What ties an input to a field of the draft. */
export type Bind = (field: DraftField) => {
  readonly label: string;
  readonly name: string;
  readonly autoComplete: "off";
  readonly value: string;
  readonly problem: string | null;
  readonly onChange: (event: { target: { value: string } }) => void;
};

export interface StepProps {
  goods: Goods;
  begun: Begun;
  /** The number as it is to be saved. */
  gtin: string;
  cameras: boolean;
  bind: Bind;
  onBegun: (change: Partial<Begun>) => void;
}

const PARTS: Record<Exclude<Step, "done">, (props: StepProps) => React.ReactNode> = {
  code: CodeStep,
  product: ProductStep,
  weight: WeightStep,
  photographs: PhotographsStep,
  check: CheckStep,
};

export default function NewProductPage() {
  const { t } = useWords();
  const { value: goods, problem, again } = useGoods();
  return (
    <Page title={t("enrol.title")}>
      {goods === null ? <Card>{problem === null ? <Loading rows={6} /> : <Failure problem={problem} onAgain={again} />}</Card> : <Way goods={goods} onFresh={again} />}
      <TryNewGoods />
    </Page>
  );
}

function Way({ goods, onFresh }: { goods: Goods; onFresh: () => void }) {
  const { t, language } = useWords();
  const { step: wanted } = useParams<{ step?: string }>();
  const [, navigate] = useLocation();
  const cut = useLine((state) => state.line === "cut");
  const cameras = useSnapshot((snapshot) => snapshot.eye.condition !== "off");
  const decimals = decimalsOf(goods.currency);
  const steps = stepsOf(cameras);
  const [begun, setBegun] = useState<Begun>(() => (kept().saved && wanted !== "done" ? NOTHING : kept()));
  const [resumed, setResumed] = useState(isBegun(begun) && !begun.saved);
  const [tried, setTried] = useState<Step | null>(null);
  const own = useRef<HTMLFormElement>(null);
  const step = stepAt(wanted, steps, begun.draft, decimals, begun.saved);
  const shown = useRef(step);

  const onBegun = useCallback((change: Partial<Begun>) => {
    setBegun((now) => {
      const next = { ...now, ...change };
      keep(next);
      return next;
    });
  }, []);
  const go = (to: Step): void => navigate(`/products/new/${to}`);
  const anew = (): void => {
    keep(NOTHING);
    setBegun(NOTHING);
    setResumed(false);
    setTried(null);
    navigate("/products/new");
  };
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    window.scrollTo(0, 0);
    (own.current?.querySelector<HTMLElement>("[data-first]") ?? own.current?.querySelector<HTMLElement>("h2"))?.focus();
  }, [step]);

  const gtin = scanned(begun.draft.gtin);
  const known = twinOf(goods, gtin);
  const twin = begun.saved ? undefined : known;
  const wrong = wrongIn(step, begun.draft, decimals);
  const bind = useBind(begun.draft, wrong, tried === step, decimals, (change) => onBegun({ draft: { ...begun.draft, ...change } }));
  const next = (event: FormEvent): void => {
    event.preventDefault();
    setTried(step);
    if (Object.keys(wrong).length > 0 || (step === "code" && twin !== undefined)) return focusWrong(event.currentTarget);
    if (step === "code" && begun.draft.tax === "") {
      const usual = usualTax(goods.products.map((one) => one.tax_bp));
      onBegun({ draft: { ...begun.draft, gtin, tax: usual === null ? "" : shortest(usual, TAX_DECIMALS, language) } });
    }
    const to = beside(step, steps, 1);
    if (to !== null) go(to);
  };
  const back = beside(step, steps, -1);
  const props: StepProps = { goods, begun, gtin, cameras, bind, onBegun };
  if (step === "done") {
    return (
      <Card>
        <Progress steps={steps} step={step} />
        <div className="form enrol-step">
          <DoneStep name={begun.draft.name} gtin={gtin} token={begun.token} cameras={cameras} onAnother={anew} />
        </div>
      </Card>
    );
  }
  const Part = PARTS[step];
  return (
    <>
      {resumed && <Unfinished begun={begun} onGo={() => setResumed(false)} onAnew={anew} />}
      {step === "code" && !isBegun(begun) && <Elsewhere onTake={(token, number) => onBegun({ token, draft: { ...begun.draft, gtin: number } })} />}
      <Card>
        <Progress steps={steps} step={step} />
        <form className="form enrol-step" ref={own} noValidate onSubmit={next}>
          <h2 tabIndex={-1} className="enrol-title">
            {t(`enrol.${step}.title`)}
          </h2>
          <Part key={step} {...props} />
          {step === "check" ? (
            <Save {...props} cut={cut} onBack={() => back !== null && go(back)} onFresh={onFresh} onSaved={() => go("done")} />
          ) : (
            <div className="form-acts">
              {back !== null && <Button onClick={() => go(back)}>{t("act.back")}</Button>}
              {step === "code" && (
                <Link href="/products/typed" className="button enrol-typed" data-kind="quiet">
                  {t("enrol.typed")}
                </Link>
              )}
              <Button type="submit" kind="primary" disabled={step === "code" && twin !== undefined}>
                <Onward step={step} token={begun.token} />
              </Button>
            </div>
          )}
        </form>
      </Card>
    </>
  );
}

/** What the button says that leads on: photographs may be left out, and it says so. */
function Onward({ step, token }: { step: Step; token: string }) {
  const { t } = useWords();
  const { value } = useEnrolment(step === "photographs" ? token : "");
  return t(step === "photographs" && usedOf(value?.views ?? []) === 0 ? "enrol.photographs.skip" : "act.next");
}

function useBind(draft: Draft, wrong: Partial<Record<DraftField, Wrong>>, tried: boolean, decimals: number, onChange: (change: Partial<Draft>) => void): Bind {
  const { t, number } = useWords();
  const places: Partial<Record<DraftField, number>> = { price: decimals, tax: TAX_DECIMALS, weight: GRAM_DECIMALS, spread: GRAM_DECIMALS };
  const problemOf = (field: DraftField): string | null => {
    const why = wrong[field];
    if (why === undefined || !tried) return null;
    if (why === "range") return t(`product.range.${field as "price" | "tax" | "weight" | "spread"}`);
    return t(`product.wrong.${why}`, { digits: number(scanned(draft.gtin).length), decimals: number(places[field] ?? 0) });
  };
  return (field) => ({
    label: t(`product.${field}`),
    name: `product-${field}`,
    autoComplete: "off",
    value: draft[field],
    problem: problemOf(field),
    onChange: (event) => onChange({ [field]: event.target.value }),
  });
}

/** Enrolments that somebody else has begun, or this one on another device. */
function Elsewhere({ onTake }: { onTake: (token: string, gtin: string) => void }) {
  const { t, plural } = useWords();
  const watching = useSnapshot((snapshot) => snapshot.eye.condition !== "off");
  const version = useSnapshot((snapshot) => snapshot.enrolments_no);
  const { value } = useGet(watching ? "/api/v1/enrolments" : null, {}, version);
  const begun = value?.enrolments.filter((one) => one.aim === "enrol" && one.step === "taking" && one.name === "" && one.views.length > 0) ?? [];
  if (begun.length === 0) return null;
  return (
    <Card title={t("enrol.others.title")} flush>
      <ul className="enrol-others">
        {begun.map((one) => (
          <li key={one.token}>
            <span>{t("enrol.others.of", { product: one.gtin === "" ? t("enrol.nameless") : one.gtin, photographs: plural("enrol.photographs", one.views.length), name: one.by })}</span>
            <Button onClick={() => onTake(one.token, one.gtin)}>{t("enrol.others.take")}</Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface SaveProps extends StepProps {
  cut: boolean;
  onBack: () => void;
  onFresh: () => void;
  onSaved: () => void;
}

/** Puts the product into the catalogue; its photographs follow on the next step. */
function Save({ goods, begun, gtin, cut, onBack, onFresh, onSaved, onBegun }: SaveProps) {
  const { t, known } = useWords();
  const { send, busy, problem } = usePost("/api/v1/products");
  const [refused, setRefused] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    setRefused(null);
    const told = read(begun.draft, decimalsOf(goods.currency));
    if (!("product" in told)) return;
    const body = { ...told.product, gtin };
    const said = await send({ version: goods.version, check: false, reason: t("product.reason.add"), product: body });
    if (said === null) return;
    if (!said.accepted && said.code !== "nothing_changed") {
      setRefused(said.code === "invalid" ? said.problems.map((one) => one.words).join(" ") : known(`change.${said.code}`, said.words));
      if (said.code === "stale") onFresh();
      return;
    }
    onBegun({ saved: true });
    onSaved();
  };
  return (
    <>
      <FormProblem problem={problem} words={refused} />
      <div className="form-acts">
        <Button onClick={onBack}>{t("act.back")}</Button>
        <Button kind="primary" busy={busy} disabled={cut} onClick={() => void save()}>
          {t("enrol.save")}
        </Button>
      </div>
    </>
  );
}
