import { describe, expect, it } from "vitest";
import type { Snapshot } from "../src/api/store";
import { answeredShare, healthOf, repliedShare, trafficOf, troublesOf } from "../src/pages/devices/health";

describe("counters", () => {
  const counters = { requests: 1151, replies: 1120, skipped_bytes: 118, timeouts: 31, garbled: 0, opened: 1, unheard_of: 2 };

  it("of trouble stand apart, the most telling first, without those at zero", () =>
    expect(troublesOf(counters)).toEqual([
      { name: "timeouts", count: 31 },
      { name: "skipped_bytes", count: 118 },
    ]));

  it("that nobody knows are traffic", () => expect(trafficOf(counters).map(({ name }) => name)).toEqual(["requests", "replies", "opened", "unheard_of"]));

  it("give the share of answers", () => {
    expect(repliedShare(counters)).toBeCloseTo(0.973, 3);
    expect(repliedShare({ requests: 10, replies: 9 })).toBe(1); // one is under way
    expect(repliedShare({ frames: 3 })).toBeNull();
    expect(answeredShare({ hits: 3, misses: 1 })).toBe(0.75);
    expect(answeredShare({ hits: 0, misses: 4 })).toBe(0);
    expect(answeredShare({})).toBeNull();
  });
});

describe("health", () => {
  const snapshot = (more: object): Snapshot =>
    ({
      devices: [{ condition: "up" }, { condition: "lost" }],
      buses: [{ connected: true }],
      plates: [{ condition: "moving" }, { condition: "stable" }],
      eye: { condition: "open", cameras: [{ condition: "seeing" }, { condition: "lost" }] },
      cloud: { condition: "connected" },
      controller: { clock_sync: "ntp", disk_free_fraction: 0.5 },
      alarms: [],
      ...more,
    }) as unknown as Snapshot;
  const toned = (more: object): Record<string, string> => Object.fromEntries(healthOf(snapshot(more)).map(({ part, tone }) => [part, tone]));

  it("counts who is well", () => expect(healthOf(snapshot({})).slice(0, 2)).toEqual([
    { part: "devices", tone: "bad", well: 1, all: 2 },
    { part: "lines", tone: "good", well: 1, all: 1 },
  ]));

  it("takes a moving plate for a healthy one, and a blind camera for a warning", () => expect(toned({})).toMatchObject({ plates: "good", cameras: "warn", cloud: "good", clock: "good", disk: "good" }));

  it("believes no camera while the eye is away", () =>
    expect(healthOf(snapshot({ eye: { condition: "lost", cameras: [{ condition: "seeing" }] } })).find(({ part }) => part === "cameras")).toEqual({ part: "cameras", tone: "warn", well: 0, all: 1 }));

  it("leaves out what the store does not have", () =>
    expect(Object.keys(toned({ buses: [], eye: { condition: "off", cameras: [] }, cloud: { condition: "off" }, controller: { clock_sync: "rtc", disk_free_fraction: null } }))).toEqual(["devices", "plates", "clock"]));

  it("goes by the alarms where the page knows no limit", () =>
    expect(toned({ alarms: [{ code: "storage_low" }, { code: "clock_untrusted" }] })).toMatchObject({ disk: "bad", clock: "bad" }));

  it("warns of a clock that nobody vouches for, and of a cloud that does not answer yet", () =>
    expect(toned({ controller: { clock_sync: "none", disk_free_fraction: 1 }, cloud: { condition: "waiting" } })).toMatchObject({ clock: "warn", cloud: "warn" }));
});
