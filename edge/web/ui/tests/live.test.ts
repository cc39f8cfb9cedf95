import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StoreLine } from "../src/api/line";
import { after, BEGINNING, type LiveState, overdue, pauseMs, storeNow } from "../src/api/live";
import { ApiProblem } from "../src/api/problem";
import type { Snapshot } from "../src/api/store";

const snapshot = (at_s: number, name = "Shop"): Snapshot => ({ at_s, name, plates: [{ plate: "A1" }] }) as unknown as Snapshot;

describe("the state of the line", () => {
  const live = after(after(BEGINNING, { kind: "hello", at: 0, keepAliveS: 4 }), { kind: "snapshot", at: 100, snapshot: snapshot(50) });
  const ticked = (state: LiveState, at: number): LiveState => after(state, { kind: "tick", at });

  it("begins without a picture, and a tick does not change that", () => {
    expect(BEGINNING.line).toBe("connecting");
    expect(ticked(BEGINNING, 1e9)).toBe(BEGINNING);
  });

  it("is live with the first picture", () => expect(live).toMatchObject({ line: "live", keepAliveS: 4, takenAt: 100, heardAt: 100 }));

  it("turns stale, then cut within two keep-alives, by silence alone", () => {
    expect(ticked(live, 100 + 5100)).toBe(live);
    expect(ticked(live, 100 + 5200).line).toBe("stale");
    expect(ticked(live, 100 + 8000).line).toBe("cut");
    expect(overdue(live, 100 + 7999)).toBe(false);
    expect(overdue(live, 100 + 8000)).toBe(true);
  });

  it("is cut at once where the browser says so, and keeps the picture", () => {
    const cut = after(live, { kind: "lost", at: 200 });
    expect(cut).toMatchObject({ line: "cut", failures: 1 });
    expect(cut.snapshot).toBe(live.snapshot);
    expect(after(BEGINNING, { kind: "lost", at: 1 })).toMatchObject({ line: "connecting", failures: 1 });
  });

  it("comes back with the next picture, not with a mere sign of life", () => {
    const cut = after(live, { kind: "lost", at: 200 });
    const again = after(cut, { kind: "hello", at: 300, keepAliveS: 4 });
    expect(again).toMatchObject({ line: "stale", failures: 0 });
    expect(after(again, { kind: "snapshot", at: 310, snapshot: snapshot(51) }).line).toBe("live");
  });

  it("is live again after a late sign of life", () => {
    const stale = ticked(live, 100 + 5200);
    expect(after(stale, { kind: "alive", at: 5400 }).line).toBe("live");
  });

  it("keeps the parts of the picture that did not change", () => {
    const next = after(live, { kind: "snapshot", at: 200, snapshot: snapshot(51) });
    expect(next.snapshot).not.toBe(live.snapshot);
    expect(next.snapshot?.plates).toBe(live.snapshot?.plates);
  });

  it("tells the store's clock between pictures", () => expect(storeNow(live, 2100)).toBe(52));

  it("waits longer after each failure, and not for ever", () => expect([1, 2, 3, 4, 5, 9].map(pauseMs)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]));
});

class Source extends EventTarget {
  readonly CLOSED = 2;
  readyState = 1;
  closed = false;
  close(): void {
    this.closed = true;
    this.readyState = 2;
  }
  say(name: string, data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(name), { data: typeof data === "string" ? data : JSON.stringify(data) }));
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

describe("the line", () => {
  const sources: Source[] = [];
  let problem: ApiProblem | null = null;
  let line: StoreLine;
  const last = (): Source => sources.at(-1) as Source;
  const greet = (): void => {
    last().say("hello", { keep_alive_s: 3 });
    last().say("snapshot", snapshot(1));
  };

  beforeEach(() => {
    vi.useFakeTimers();
    sources.length = 0;
    problem = null;
    line = new StoreLine({
      open: () => {
        sources.push(new Source());
        return last() as unknown as EventSource;
      },
      now: () => Date.now(),
      probe: () => Promise.resolve(problem),
    });
    line.start();
  });
  afterEach(() => {
    line.stop();
    vi.useRealTimers();
  });

  it("tells every listener once an event", () => {
    const heard = vi.fn();
    const leave = line.subscribe(heard);
    greet();
    expect(heard).toHaveBeenCalledTimes(2);
    leave();
    last().say("snapshot", snapshot(2));
    expect(heard).toHaveBeenCalledTimes(2);
    expect(line.state().snapshot?.at_s).toBe(2);
  });

  it("tries anew by itself when the browser has noticed nothing", () => {
    greet();
    vi.advanceTimersByTime(5000);
    expect([line.state().line, sources.length]).toEqual(["stale", 1]);
    vi.advanceTimersByTime(2000);
    expect([line.state().line, sources.length, sources[0]?.closed]).toEqual(["cut", 2, true]);
    greet();
    expect(line.state().line).toBe("live");
  });

  it("leaves a cut to the browser as long as that tries", () => {
    greet();
    last().fail(0);
    vi.advanceTimersByTime(1000);
    expect([line.state().line, sources.length]).toEqual(["cut", 1]);
  });

  it("says why the store refuses, and tries again after a pause", async () => {
    problem = new ApiProblem(503, "streams_taken", "No live stream is free", "Close another page.");
    last().fail(2);
    await vi.advanceTimersByTimeAsync(900);
    expect(line.state().refused?.code).toBe("streams_taken");
    expect(sources.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sources.length).toBe(2);
    greet();
    expect(line.state()).toMatchObject({ line: "live", refused: null, failures: 0 });
  });

  it("lets go of a stream that cannot be read", () => {
    const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
    greet();
    last().say("snapshot", "{");
    expect(sources[0]?.closed).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(sources.length).toBe(2);
    expect(quiet).toHaveBeenCalledOnce();
    quiet.mockRestore();
  });

  it("does not listen to a source that it has left", () => {
    greet();
    const old = last();
    line.start();
    old.say("snapshot", snapshot(99));
    expect(line.state().snapshot?.at_s).toBe(1);
  });
});
