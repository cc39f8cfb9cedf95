import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { adviceOf, whyClosed } from "../src/kiosk/advice";
import { hintWords } from "../src/kiosk/hint";
import { basketNews } from "../src/kiosk/news";
import { placeOf } from "../src/kiosk/rest";
import { isEnding, isFree, receiptOf, RECEIPT_S, REFUSAL_S, screenOf, type Screen, type Seen, seenAfter, UNSEEN } from "../src/kiosk/screen";
import type { Phase, Snapshot } from "../src/kiosk/store";
import { voiceFor } from "../src/kiosk/voice";
import { wordsOf } from "../src/words/language";

const en = JSON.parse(readFileSync(new URL("../../languages/en.json", import.meta.url), "utf-8")) as Record<string, string>;

interface Shown {
  at?: number;
  phase?: Phase;
  since?: number;
  visit?: { visit?: string; role?: string; opened?: boolean; forced?: boolean } | null;
  refusal?: { code: string; at_s: number } | null;
  receipt?: { visit: string } | null;
  shut?: boolean;
}

function shop({ at = 1000, phase = "idle", since = at, visit = null, refusal = null, receipt = null, shut = false }: Shown): Snapshot {
  return {
    at_s: at,
    phase,
    since_s: since,
    until_s: null,
    closed_by: [],
    visit: visit === null ? null : { visit: "v1", role: "shopper", since_s: 990, opened: true, forced: false, ...visit },
    refusal,
    receipt,
    shut,
  } as unknown as Snapshot;
}

/** What a screen shows that saw these pictures one after the other, `later` seconds after the last. */
function after(pictures: readonly Shown[], later = 0, dismissed: string | null = null): Screen {
  const shots = pictures.map(shop);
  const seen = shots.reduce(seenAfter, UNSEEN);
  const last = shots[shots.length - 1] ?? null;
  return screenOf("live", last, seen, dismissed, (last?.at_s ?? 0) + later);
}

describe("the screen", () => {
  it("follows the phase of a visit", () => {
    const told = (["authorising", "unlocking", "waiting_for_opening", "open", "held_open", "closed", "settling"] as const).map((phase) => after([{ phase, visit: {} }]));
    expect(told).toEqual(["checking", "unlocking", "openDoor", "shopping", "closeDoor", "pressShut", "weighing"]);
  });

  it("says what it is when nobody is there", () => {
    expect(after([{}])).toBe("welcome");
    expect(after([{ phase: "starting" }])).toBe("starting");
    expect(after([{ phase: "out_of_service" }])).toBe("closed");
    expect(screenOf("connecting", null, UNSEEN, null, 0)).toBe("connecting");
    expect(screenOf("cut", shop({}), UNSEEN, null, 1000)).toBe("cut");
    expect(screenOf("stale", shop({}), UNSEEN, null, 1000)).toBe("welcome");
  });

  it("tells staff and a door that was forced apart from a shopper", () => {
    expect(after([{ phase: "open", visit: { role: "restocker" } }])).toBe("staff");
    expect(after([{ phase: "open", visit: { forced: true } }])).toBe("forced");
    expect(after([{ phase: "open", visit: { forced: false } }])).toBe("shopping");
  });

  it("says that the door has locked again before it was opened", () => {
    expect(after([{ phase: "waiting_for_opening", visit: { opened: false }, shut: true }])).toBe("relocked");
    expect(after([{ phase: "waiting_for_opening", visit: { opened: false }, shut: false }])).toBe("openDoor");
  });

  describe("after a visit", () => {
    const inside: Shown = { phase: "open", visit: {} };
    const receipt = { visit: "v1" };

    it("keeps the receipt for a while when the cabinet is free again", () => {
      expect(after([inside, { phase: "receipt", receipt }])).toBe("receipt");
      expect(after([inside, { receipt }], RECEIPT_S - 1)).toBe("receipt");
      expect(after([inside, { receipt }], RECEIPT_S + 1)).toBe("welcome");
      expect(after([inside, { phase: "out_of_service", receipt }])).toBe("receipt");
    });

    it("puts it away when somebody says so, or begins", () => {
      expect(after([inside, { receipt }], 0, "v1")).toBe("welcome");
      expect(after([inside, { phase: "receipt", receipt }], 0, "v1")).toBe("receipt");
      expect(after([inside, { receipt }, { phase: "authorising", receipt }])).toBe("checking");
      expect(after([inside, { receipt }, { at: 1003, receipt, since: 1000, refusal: { code: "expired", at_s: 1002 } }])).toBe("refused");
    });

    it("does not bring up an old one after a long cut", () => expect(after([inside, { at: 5000, since: 1010, receipt }])).toBe("welcome"));

    it("shows nobody the receipt of somebody else", () => {
      expect(after([inside, { phase: "receipt", receipt: { visit: "v0" } }])).toBe("nothing");
      const seen: Seen = { ...UNSEEN, visit: "v1", endedS: 1000 };
      expect(receiptOf(shop({ receipt: { visit: "v0" } }), seen)).toBeNull();
      expect(receiptOf(shop({ receipt }), seen)?.visit).toBe("v1");
    });

    it("tells nothing taken, not opened and staff apart", () => {
      expect(after([inside, {}])).toBe("nothing");
      expect(after([{ phase: "waiting_for_opening", visit: { opened: false } }, {}])).toBe("missed");
      expect(after([{ phase: "open", visit: { role: "technician" } }, { phase: "receipt" }])).toBe("farewell");
    });

    it("has no receipt for whoever forced the door", () => {
      const forced: Shown = { phase: "open", visit: { forced: true } };
      expect(after([forced, { receipt }])).toBe("welcome");
    });

    it("finds the receipt that was issued just before the page was opened", () => {
      expect(after([{ phase: "receipt", since: 998, receipt }])).toBe("receipt");
      expect(after([{ phase: "receipt", since: 998 }])).toBe("farewell");
    });
  });

  it("shows a refusal for a while, and none that the closed screen says better", () => {
    const refusal = { code: "expired", at_s: 1000 };
    expect(after([{ refusal }], REFUSAL_S - 1)).toBe("refused");
    expect(after([{ refusal }], REFUSAL_S + 1)).toBe("welcome");
    expect(after([{ phase: "out_of_service", refusal: { code: "out_of_service", at_s: 1000 } }])).toBe("closed");
    expect(after([{ phase: "out_of_service", refusal }])).toBe("refused");
    expect(after([{ phase: "open", visit: {}, refusal: { code: "busy", at_s: 1000 } }])).toBe("shopping");
  });

  it("keeps what was seen as it is while nothing changes", () => {
    const seen = seenAfter(UNSEEN, shop({ phase: "open", visit: {} }));
    expect(seenAfter(seen, shop({ at: 1001, phase: "open", visit: {} }))).toBe(seen);
    const ended = seenAfter(seen, shop({}));
    expect(seenAfter(ended, shop({ at: 1001 }))).toBe(ended);
    expect(seenAfter(ended, shop({ phase: "unlocking", visit: { visit: "v2", opened: false } }))).toMatchObject({ visit: "v2", opened: false, endedS: null });
  });

  it("is free where nobody stands before it", () => {
    expect([isFree("welcome"), isFree("closed"), isFree("shopping"), isFree("receipt")]).toEqual([true, true, false, false]);
    expect([isEnding("receipt"), isEnding("refused")]).toEqual([true, false]);
  });
});

describe("advice", () => {
  it("knows every refusal, and every piece of advice has words", () => {
    const codes = Object.keys(en).filter((key) => key.startsWith("refusal.")).map((key) => key.replace("refusal.", ""));
    expect(codes.filter((code) => adviceOf(code) === "operator").sort()).toEqual(["denied", "not_configured", "unknown_door"]);
    expect([...codes, "unheard_of"].filter((code) => !(`kiosk.advice.${adviceOf(code)}` in en))).toEqual([]);
  });

  it("says why it is closed, each reason once, what a passer-by can mend first", () => {
    expect(whyClosed(["plate_lost", "plate_faulted", "door_left_open"])).toEqual(["doorOpen", "scales"]);
    expect(whyClosed(["something_new", "other"])).toEqual(["other"]);
    expect(whyClosed([])).toEqual([]);
  });

  it("has words for why every fault may close the cabinet", () => {
    const codes = Object.keys(en).flatMap((key) => /^fault\.(\w+)\.words$/.exec(key)?.[1] ?? []);
    for (const code of codes) for (const reason of whyClosed([code])) expect(en).toHaveProperty([`kiosk.why.${reason}`]);
  });
});

describe("news of the basket", () => {
  const line = (gtin: string, quantity: number): { gtin: string; name: string; quantity: number } => ({ gtin, name: gtin, quantity });

  it("tells what was taken and what was put back", () => {
    expect(basketNews([line("a", 2), line("b", 1)], [line("a", 1), line("c", 3)])).toEqual({ taken: [line("c", 3)], back: [line("a", 1), line("b", 1)] });
    expect(basketNews([line("a", 1)], [line("a", 1)])).toBeNull();
    expect(basketNews([], [])).toBeNull();
  });
});

describe("a hint", () => {
  const words = wordsOf("en", en);
  const hint = { code: "misplaced", words: "The store's own words.", plate: "A2", product: "Cola", homes: ["A1"] };

  it("names what stands where, and where it belongs", () => {
    const told = hintWords(hint, words);
    for (const named of ["Cola", "A2", "A1"]) expect(told).toContain(named);
    expect(hintWords({ ...hint, homes: [] }, words)).not.toContain("A1");
  });

  it("falls back to what is known", () => {
    expect(hintWords({ ...hint, product: null }, words)).toBe(en["kiosk.hint.misplaced"]);
    expect(hintWords({ ...hint, code: "new_one" }, words)).toBe("The store's own words.");
  });
});

describe("the resting screen", () => {
  it("has the words at each place once before they come back", () => {
    const places = Array.from({ length: 9 }, (_, turn) => JSON.stringify(placeOf(turn)));
    expect(new Set(places).size).toBe(9);
    expect(placeOf(9)).toEqual(placeOf(0));
  });

  it("never stays where it is", () => {
    for (let turn = 0; turn < 9; turn += 1) expect(placeOf(turn + 1)).not.toEqual(placeOf(turn));
  });
});

describe("a voice", () => {
  const voice = (lang: string, localService = true, isDefault = false) => ({ lang, localService, default: isDefault });

  it("speaks the language, the region first, then from this machine", () => {
    const voices = [voice("de-DE", true, true), voice("en-US", false, true), voice("en-AU"), voice("en_GB", false)];
    expect(voiceFor(voices, "en-GB")?.lang).toBe("en_GB");
    expect(voiceFor(voices, "en")?.lang).toBe("en-AU");
    expect(voiceFor(voices, "zh")).toBeNull();
    expect(voiceFor([], "en")).toBeNull();
  });
});
