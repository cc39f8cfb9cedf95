/** Open or not, in one word, why, since when, and how the doors stand. */

import type { Door, Phase, Reason } from "../../api/store";
import { useSnapshot } from "../../api/use";
import { Age, Left } from "../../parts/Figures";
import { Icon, type IconName } from "../../parts/Icon";
import { useWords } from "../../words/use";
import "./hero.css";

type Mood = "good" | "busy" | "warn" | "bad" | "plain";

const LOOKS: Record<Phase, readonly [Mood, IconName]> = {
  starting: ["plain", "again"],
  idle: ["good", "check"],
  authorising: ["busy", "person"],
  unlocking: ["busy", "unlocked"],
  waiting_for_opening: ["busy", "unlocked"],
  open: ["busy", "doorOpen"],
  held_open: ["warn", "doorOpen"],
  closed: ["busy", "door"],
  settling: ["busy", "weight"],
  receipt: ["busy", "receipt"],
  out_of_service: ["bad", "critical"],
};

export function Hero() {
  const { t } = useWords();
  const cabinet = useSnapshot((snapshot) => snapshot.cabinet);
  const doors = useSnapshot((snapshot) => snapshot.doors);
  const [mood, icon] = LOOKS[cabinet.phase];
  return (
    <section className="hero" data-mood={mood} aria-label={t("today.now")}>
      <span className="hero-mark">
        <Icon name={icon} size={28} />
      </span>
      <div className="hero-words">
        <div aria-live="polite" aria-atomic="true">
          <p className="hero-phase">{t(`phase.${cabinet.phase}.title`)}</p>
          <p className="quiet">{t(`phase.${cabinet.phase}.words`)}</p>
        </div>
        <Reasons reasons={cabinet.reasons} />
        <p className="small quiet">
          {t("today.since")} <Age since={cabinet.since_s} />
          {cabinet.until_s !== null && (
            <>
              {" · "}
              {t("today.left")} <Left until={cabinet.until_s} />
            </>
          )}
        </p>
      </div>
      <ul className="hero-doors" aria-label={t("door.all")}>
        {doors.map((door) => (
          <DoorChip key={door.door} door={door} />
        ))}
      </ul>
    </section>
  );
}

/** Why the cabinet is closed, and what has the fault. */
function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  const { t, known, list } = useWords();
  if (reasons.length === 0) return null;
  const said = ({ code, words: fallback, subjects }: Reason): string => {
    const words = known(`fault.${code}.words`, fallback);
    return subjects.length === 0 ? words : t("said.subjects", { words, subjects: list(subjects) });
  };
  return (
    <ul className="hero-reasons">
      {reasons.map((reason) => (
        <li key={reason.code}>{said(reason)}</li>
      ))}
    </ul>
  );
}

export function DoorChip({ door }: { door: Door }) {
  const { t, known } = useWords();
  const state = door.lost ? "lost" : door.open === null ? "unknown" : door.open ? "open" : door.secured === null ? "closed" : door.secured ? "locked" : "unlocked";
  const icon: IconName = state === "open" ? "doorOpen" : state === "locked" ? "locked" : state === "unlocked" ? "unlocked" : state === "closed" ? "door" : "question";
  return (
    <li className="door" data-trouble={door.alarm !== null || door.lost} data-open={door.open === true}>
      <Icon name={icon} size={22} />
      <span>
        <b>{door.door}</b>
        <span className="small">{t(`door.${state}`)}</span>
        {door.fault !== null && <span className="small">{known(`fault.${door.fault}.words`, door.alarm ?? "")}</span>}
      </span>
    </li>
  );
}
