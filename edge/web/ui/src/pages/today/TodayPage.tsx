/** The shop at a glance: is it open, what goes on, what came in, what wants somebody's attention. */

import { Page } from "../../parts/Page";
import { TryShopper } from "../../shopper/TryShopper";
import { useWords } from "../../words/use";
import { ServiceButton } from "../alarms/ServiceButtons";
import { Attention } from "./Attention";
import { CloudCard } from "./CloudCard";
import { Hero } from "./Hero";
import { LatestVisits } from "./LatestVisits";
import { PassButton } from "./PassDialog";
import { Refused } from "./Refused";
import { RunningVisit } from "./RunningVisit";
import { Shortages } from "./Shortages";
import { Tiles } from "./Tiles";
import "./today.css";

export default function TodayPage() {
  const { t } = useWords();
  return (
    <Page
      title={t("today.title")}
      actions={
        <>
          <PassButton />
          <ServiceButton />
        </>
      }
    >
      <Hero />
      <Refused />
      <Tiles />
      <TryShopper />
      <div className="today">
        <div className="stack today-side">
          <RunningVisit />
          <Shortages />
          <CloudCard />
        </div>
        <div className="stack">
          <Attention />
          <LatestVisits />
        </div>
      </div>
    </Page>
  );
}
