/** What stands around every page: navigation, the state of the line, language and look. */

import { Suspense, useEffect, useRef, useState } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import type { Snapshot } from "../api/store";
import { useMe } from "../api/me";
import { useLine, useSnapshot } from "../api/use";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Page } from "../parts/Page";
import { StaleBanner } from "../parts/StaleBanner";
import { Empty, Failure, Loading } from "../parts/States";
import { Toasts } from "../parts/Toast";
import { useWords } from "../words/use";
import { Boundary } from "./Boundary";
import { LanguageChoice, ThemeChoice } from "./Choices";
import { behind, grouped, ON_A_PHONE, opens } from "./groups";
import { LeavingDialog } from "./LeavingDialog";
import { LineState } from "./LineState";
import { useMay } from "./may";
import { Refused } from "./Refused";
import { ROUTES, type Route as PageRoute } from "./routes";
import { SignedIn } from "./SignedIn";
import { StepUpDialog } from "./StepUpDialog";
import "./shell.css";

export function Shell() {
  const { t } = useWords();
  const me = useMe();
  const known = useLine((state) => state.snapshot !== null) && me !== null;
  const line = useLine((state) => state.line);
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const place = path.split("/")[1] ?? "";
  const shown = useRef(place);
  const [more, setMore] = useState(false);
  const may = useMay();
  const groups = grouped(ROUTES, may);
  const rest = behind(groups);
  const countBehind = (snapshot: Snapshot): number => rest.flatMap(([, routes]) => routes).reduce((sum, { entry }) => sum + (entry?.count?.(snapshot) ?? 0), 0);

  useEffect(() => {
    setMore(false);
    if (shown.current === place) return;
    shown.current = place;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path, place]);

  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t("shell.skip")}
      </a>
      <header className="bar-top">
        <StoreName />
        <LineState />
        <Button kind="quiet" icon="settings" className="bar-settings" aria-label={t("shell.settings")} onClick={() => setMore(true)} />
      </header>
      <nav className="nav" aria-label={t("shell.navigation")}>
        <div className="nav-groups">
          {groups.map(([group, routes], place) => (
            <div key={group} className="nav-group">
              <p className="nav-head" id={`nav-${group}`}>
                {t(`group.${group}`)}
              </p>
              <ul aria-labelledby={`nav-${group}`}>
                {routes.map((route, number) => (
                  <NavEntry key={route.path} route={route} current={path} late={number >= ON_A_PHONE} known={known} />
                ))}
                {place === 0 && (
                  <li className="nav-more">
                    <button type="button" className="nav-link" aria-haspopup="dialog" onClick={() => setMore(true)}>
                      <Icon name="more" size={22} />
                      <span>{t("shell.more")}</span>
                      {known && <NavCount count={countBehind} />}
                    </button>
                  </li>
                )}
              </ul>
            </div>
          ))}
        </div>
        <div className="nav-foot">
          <SignedIn />
          <LanguageChoice />
          <ThemeChoice />
          <Version />
        </div>
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="main" data-line={line}>
        <StaleBanner />
        <div className="main-live">
          {known ? (
            <Boundary key={place}>
              <Suspense fallback={<Loading rows={6} />}>
                <Switch>
                  {ROUTES.map((route) => (
                    <Route key={route.path} path={route.path} component={opens(route, may) ? route.page : Refused} />
                  ))}
                  <Route>
                    <Nowhere />
                  </Route>
                </Switch>
              </Suspense>
            </Boundary>
          ) : (
            <Beginning />
          )}
        </div>
      </main>
      {more && (
        <Dialog title={t("shell.more")} onClose={() => setMore(false)}>
          {rest.map(([group, routes]) => (
            <div key={group}>
              <p className="label" id={`more-${group}`}>
                {t(`group.${group}`)}
              </p>
              <ul className="more-list" aria-labelledby={`more-${group}`}>
                {routes.map((route) => (
                  <NavEntry key={route.path} route={route} current={path} late={false} known={known} />
                ))}
              </ul>
            </div>
          ))}
          <SignedIn />
          <LanguageChoice />
          <ThemeChoice />
          <Version />
        </Dialog>
      )}
      <LeavingDialog />
      <StepUpDialog />
      <Toasts />
    </div>
  );
}

function NavEntry({ route, current, late, known }: { route: PageRoute; current: string; late: boolean; known: boolean }) {
  const { t } = useWords();
  const here = current === route.home || (route.home !== "/" && current.startsWith(`${route.home}/`));
  if (route.entry === undefined) return null;
  return (
    <li data-late={late}>
      <Link href={route.home} className="nav-link" {...(here ? { "aria-current": "page" as const } : {})}>
        <Icon name={route.entry.icon} size={22} />
        <span>{t(route.entry.name)}</span>
        {known && route.entry.count !== undefined && <NavCount count={route.entry.count} />}
      </Link>
    </li>
  );
}

function NavCount({ count }: { count: NonNullable<NonNullable<PageRoute["entry"]>["count"]> }) {
  const { number, plural } = useWords();
  const found = useSnapshot(count);
  if (found === 0) return null;
  return (
    <span className="nav-count">
      <span aria-hidden="true">{number(found)}</span>
      <span className="unseen">{plural("shell.waiting", found)}</span>
    </span>
  );
}

function StoreName() {
  const name = useLine((state) => state.snapshot?.name ?? "");
  const where = useLine((state) => (state.snapshot === null ? "" : `${state.snapshot.tenant} / ${state.snapshot.store}`));
  return (
    <div className="store">
      <span className="store-mark" aria-hidden="true">
        <Icon name="door" size={20} />
      </span>
      <p className="store-name">
        <strong>{name}</strong>
        <span className="quiet">{where}</span>
      </p>
    </div>
  );
}

function Version() {
  const version = useLine((state) => state.snapshot?.controller.version ?? "");
  return version === "" ? null : <p className="small quiet">smartstore {version}</p>;
}

function Beginning() {
  const { t } = useWords();
  const refused = useLine((state) => state.refused);
  const failures = useLine((state) => state.failures);
  if (refused !== null) return <Failure problem={refused} />;
  if (failures > 0) {
    return (
      <Empty icon="cloudOff" title={t("line.never.title")}>
        {t("line.never.words")}
      </Empty>
    );
  }
  return <Loading rows={6} words={t("line.connecting")} />;
}

function Nowhere() {
  const { t } = useWords();
  return (
    <Page title={t("nowhere.title")}>
      <Empty icon="question" title={t("nowhere.words")}>
        <Link href="/">{t("nowhere.home")}</Link>
      </Empty>
    </Page>
  );
}
