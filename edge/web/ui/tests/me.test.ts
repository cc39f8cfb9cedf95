import { afterEach, describe, expect, it, vi } from "vitest";
import { onNotAllowed, onSignedOut, post } from "../src/api/client";
import { knownOf, type Me } from "../src/api/me";
import { ApiProblem } from "../src/api/problem";
import { answerStepUp, stepUp } from "../src/api/stepUp";

const me = (rights: Me["rights"]): Me => ({ name: "kim", kind: "session", role: "operator", rights, manages: [], confirmed_until_unix_s: null });
const reply = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });
const refused = (status: number, code: string): Response => reply(status, { code, title: code, detail: "" });

/** Answers the requests one after the other, and keeps what was asked. */
function store(...replies: readonly Response[]): RequestInit[] {
  const asked: RequestInit[] = [];
  vi.stubGlobal("document", { cookie: "smartstore_csrf=abc" });
  vi.stubGlobal("fetch", (_: string, request: RequestInit) => {
    asked.push(request);
    return Promise.resolve(replies[asked.length - 1] ?? refused(500, "too_often"));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe("what is allowed", () => {
  it("is nothing until the store has said so", () => expect(knownOf(null).may("see")).toBe(false));
  it("is what the store says", () => {
    const { may } = knownOf(me(["see", "review"]));
    expect([may("see"), may("review"), may("users")]).toEqual([true, true, false]);
  });
});

describe("a request that wants the password again", () => {
  const send = (): Promise<unknown> => post("/api/v1/entries", { pass: "x", door: null });
  /** Whoever shows the dialog answers when it is asked for. */
  const answering = (given: boolean): void => {
    setTimeout(() => answerStepUp(given), 0);
  };

  it("is sent once more when it was given, and not when it was not", async () => {
    for (const given of [true, false]) {
      const asked = store(refused(403, "step_up"), reply(200, { accepted: true }));
      const sent = send().catch((error: unknown) => error);
      await vi.waitFor(() => expect(asked).toHaveLength(1));
      answering(given);
      const told = await sent;
      if (given) expect(told).toEqual({ accepted: true });
      else expect(told).toMatchObject({ code: "step_up" });
      expect(asked).toHaveLength(given ? 2 : 1);
      expect(asked.every((one) => (one.headers as Record<string, string>)["x-csrf-token"] === "abc")).toBe(true);
    }
  });

  it("waits with all others for one answer", async () => {
    const waiting = [stepUp(), stepUp(), stepUp()];
    answering(true);
    expect(await Promise.all(waiting)).toEqual([true, true, true]);
  });

  it("is not asked for ever", async () => {
    const asked = store(refused(403, "step_up"), refused(403, "step_up"));
    const sent = send().catch((error: unknown) => error);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    answering(true);
    expect(await sent).toBeInstanceOf(ApiProblem);
    expect(asked).toHaveLength(2);
  });
});

describe("a refusal", () => {
  it("makes the page ask anew who uses it, or leads to the login", async () => {
    const told: string[] = [];
    onNotAllowed(() => told.push("who"));
    onSignedOut(() => told.push("login"));
    store(refused(403, "not_allowed"), refused(401, "signed_out"), refused(403, "csrf"));
    for (let number = 0; number < 3; number += 1) await post("/api/v1/logout", {}).catch(() => undefined);
    expect(told).toEqual(["who", "login"]);
  });
});
