/** How the machine is, from its counters and conditions. Pure. */

import type { Snapshot } from "../../api/store";
import type { Tone } from "../../parts/Badge";

export type Device = Snapshot["devices"][number];
export type Bus = Snapshot["buses"][number];
type Counters = Readonly<Record<string, number>>;

export const DEVICE_TONES: Record<Device["condition"], Tone> = { starting: "note", up: "good", lost: "bad", misconfigured: "bad" };

/** What counts as trouble on a line; the rest is traffic. */
const TROUBLES = [
  "timeouts",
  "garbled",
  "port_losses",
  "open_failures",
  "babbles",
  "expired",
  "echo_mismatches",
  "overflowed",
  "skipped_bytes",
  "stale_bytes_dropped",
] as const;

export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** The counters that tell of trouble and are not zero, the most telling first. */
export function troublesOf(counters: Counters): Counted[] {
  return TROUBLES.flatMap((name) => told(name, counters[name]));
}

/** The other counters that are not zero, as the store tells them. */
export function trafficOf(counters: Counters): Counted[] {
  return Object.entries(counters).flatMap(([name, count]) => (TROUBLES.some((one) => one === name) ? [] : told(name, count)));
}

/** Share of questions to a device that it answered, 0..1; null where it was never asked. */
export function answeredShare(counters: Counters): number | null {
  const hits = counters["hits"] ?? 0;
  const asked = hits + (counters["misses"] ?? 0);
  return asked === 0 ? null : hits / asked;
}

/** Share of requests on a line that were answered, 0..1; null for a line that asks nothing. A request that is under way is no failure. */
export function repliedShare(counters: Counters): number | null {
  const requests = counters["requests"] ?? 0;
  const replies = counters["replies"] ?? 0;
  if (requests === 0) return null;
  return requests - replies <= 1 ? 1 : replies / requests;
}

export type Part = "devices" | "lines" | "plates" | "cameras" | "cloud" | "clock" | "disk";

export interface Health {
  readonly part: Part;
  readonly tone: Tone;
  /** How many of how many are well; null where the part is told otherwise. */
  readonly well: number | null;
  readonly all: number | null;
}

/** Every part of the store that can fail, in the order in which a technician looks. Parts that this store does not have are left out. */
export function healthOf(snapshot: Snapshot): Health[] {
  const { devices, buses, plates, eye, cloud, controller, alarms } = snapshot;
  const watching = eye.condition === "open";
  const counted = (part: Part, all: readonly unknown[], well: number, worst: Tone): Health[] =>
    all.length === 0 ? [] : [{ part, well, all: all.length, tone: well === all.length ? "good" : worst }];
  const present = (code: string): boolean => alarms.some((alarm) => alarm.code === code);
  return [
    ...counted("devices", devices, devices.filter((device) => device.condition === "up").length, "bad"),
    ...counted("lines", buses, buses.filter((bus) => bus.connected).length, "bad"),
    ...counted("plates", plates, plates.filter((plate) => plate.condition !== "lost" && plate.condition !== "faulted" && plate.condition !== "starting").length, "bad"),
    ...counted("cameras", eye.cameras, watching ? eye.cameras.filter((camera) => camera.condition === "seeing").length : 0, "warn"),
    ...(cloud.condition === "off" ? [] : [plain("cloud", cloud.condition === "connected" ? "good" : cloud.condition === "lost" ? "bad" : "warn")]),
    plain("clock", present("clock_untrusted") ? "bad" : controller.clock_sync === "none" ? "warn" : "good"),
    ...(controller.disk_free_fraction === null ? [] : [plain("disk", present("storage_low") ? "bad" : "good")]),
  ];
}

const plain = (part: Part, tone: Tone): Health => ({ part, tone, well: null, all: null });
const told = (name: string, count: number | undefined): Counted[] => (count === undefined || count === 0 ? [] : [{ name, count }]);
