/** The screen at the door: what to do now, the basket as it grows, the receipt, a polite refusal. Nothing on it needs a login. */

import { useLine } from "./store";
import { TryShopper } from "../shopper/TryShopper";
import { Aloud } from "./Aloud";
import { Basket } from "./Basket";
import { Bill } from "./Bill";
import { Comfort } from "./Comfort";
import { Countdown } from "./Countdown";
import { Contact } from "./Contact";
import { Drawing, type Scene } from "./Drawing";
import { EntryCode, useEntryCode } from "./EntryCode";
import { useGuest } from "./guest";
import { HowTo } from "./HowTo";
import { Resting } from "./Resting";
import { useSaying } from "./saying";
import { Notice, useNewVersion } from "./Recover";
import { receiptUntil, type Screen } from "./screen";
import { useResting } from "./useResting";
import { useScreen, useSeen } from "./useScreen";
import "./kiosk.css";

type Mood = "calm" | "go" | "ask" | "warn";

const LOOKS: Readonly<Record<Screen, readonly [Mood, Scene]>> = {
  connecting: ["calm", "wait"],
  cut: ["warn", "cut"],
  starting: ["calm", "wait"],
  closed: ["warn", "closed"],
  welcome: ["calm", "code"],
  refused: ["ask", "refused"],
  checking: ["calm", "wait"],
  unlocking: ["go", "wait"],
  openDoor: ["go", "open"],
  relocked: ["ask", "locked"],
  shopping: ["go", "take"],
  closeDoor: ["ask", "close"],
  forced: ["ask", "close"],
  staff: ["calm", "staff"],
  pressShut: ["ask", "close"],
  weighing: ["calm", "weigh"],
  receipt: ["go", "receipt"],
  nothing: ["go", "nothing"],
  farewell: ["go", "locked"],
  missed: ["ask", "locked"],
};
const WITH_CODE: readonly Screen[] = ["welcome", "refused"];
const WITH_CONTACT: readonly Screen[] = ["refused", "closed"];
const WITH_BASKET: readonly Screen[] = ["shopping", "closeDoor", "pressShut", "weighing"];

export function Kiosk() {
  const screen = useScreen();
  const guest = useGuest();
  const saying = useSaying(screen);
  const resting = useResting(screen);
  const code = useEntryCode();
  useNewVersion(screen);
  const [mood, scene] = LOOKS[screen];
  const name = useLine(({ snapshot }) => snapshot?.name ?? "");
  const barred = useLine(({ snapshot, refused }) => snapshot === null && refused?.status === 403);
  const listed = WITH_BASKET.includes(screen) || screen === "receipt";
  if (barred) return <Notice title="kiosk.barred.title" words="kiosk.barred.words" />;
  const picture = code !== null && WITH_CODE.includes(screen) ? <EntryCode rows={code} /> : <Drawing scene={scene} />;
  if (resting) return <Resting picture={picture} saying={saying} />;
  return (
    <div className="kiosk" data-mood={mood} data-large={guest.large}>
      <header className="kiosk-top">{name}</header>
      <main className="kiosk-stage" data-listed={listed} data-screen={screen}>
        <div className="kiosk-picture">{picture}</div>
        <div className="kiosk-words" key={screen}>
          <h1>{saying.title}</h1>
          <p className="kiosk-lead">{saying.words}</p>
          {saying.more.map((sentence) => (
            <p key={sentence} className="kiosk-more">
              {sentence}
            </p>
          ))}
          {screen === "welcome" && <HowTo />}
          {WITH_CONTACT.includes(screen) && <Contact />}
          <TimeLeft screen={screen} />
        </div>
        {WITH_BASKET.includes(screen) && <Basket />}
        {screen === "receipt" && <Bill />}
      </main>
      <Comfort />
      <Aloud screen={screen} saying={saying} />
      <TryShopper folded />
    </div>
  );
}

/** How long this screen waits for the shopper. */
function TimeLeft({ screen }: { screen: Screen }) {
  const since = useLine(({ snapshot }) => snapshot?.since_s ?? 0);
  const until = useLine(({ snapshot }) => snapshot?.until_s ?? null);
  const read = receiptUntil(useSeen());
  if (screen === "receipt") return read === null ? null : <Countdown since={since} until={read} words="kiosk.left.receipt" />;
  if (until === null) return null;
  if (screen === "openDoor") return <Countdown since={since} until={until} words="kiosk.left.open" />;
  if (screen === "shopping") return <Countdown since={since} until={until} words="kiosk.left.shop" />;
  if (screen === "closeDoor") return <Countdown since={since} until={until} words="kiosk.left.close" />;
  return null;
}
