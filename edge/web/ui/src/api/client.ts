/** Asking the store and telling it what to do: addresses, parameters, bodies and answers are typed by the store's own description. */

import { ApiProblem, problemOf, unreachable } from "./problem";
import type { paths } from "./schema";
import { stepUp } from "./stepUp";

const CSRF_COOKIE = "smartstore_csrf";
const CSRF_HEADER = "x-csrf-token";

type Json<Reply> = Reply extends { content: { "application/json": infer Body } } ? Body : never;
type Ok<Way> = Way extends { responses: { 200: infer Reply } } ? Json<Reply> : never;
type Served<Method extends "get" | "post"> = {
  [Path in keyof paths]: paths[Path] extends Record<Method, infer Way> ? ([Ok<Way>] extends [never] ? never : Path) : never;
}[keyof paths];

export type GetPath = Served<"get">;
export type PostPath = Served<"post">;
export type Got<Path extends GetPath> = paths[Path] extends { get: infer Way } ? Ok<Way> : never;
export type Posted<Path extends PostPath> = paths[Path] extends { post: infer Way } ? Ok<Way> : never;
export type Body<Path extends PostPath> = paths[Path] extends { post: { requestBody: { content: { "application/json": infer Told } } } } ? Told : undefined;

let signedOut: () => void = () => undefined;
let notAllowed: () => void = () => undefined;

/** What to do when the store no longer knows who we are. */
export function onSignedOut(act: () => void): void {
  signedOut = act;
}

/** What to do when the store says that we may not: our role is another by now. */
export function onNotAllowed(act: () => void): void {
  notAllowed = act;
}

export interface Asked {
  /** Values for the `{names}` in the path; slashes in them stay slashes. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly signal?: AbortSignal;
}

/** Answers the store's value; rejects with ApiProblem, or with the abort that the signal asked for. */
export async function get<Path extends GetPath>(path: Path, asked: Asked = {}): Promise<Got<Path>> {
  return (await ask(address(path, asked), { headers: { accept: "application/json" }, ...signalOf(asked) })) as Got<Path>;
}

/** Tells the store to do something; it goes through the store's inbox and its audit record. Where the store wants the password again, somebody is
 * asked for it and the same request is sent once more. Rejects as `get` does. */
export async function post<Path extends PostPath>(path: Path, body: Body<Path>, asked: Asked = {}): Promise<Posted<Path>> {
  const once = async (): Promise<Posted<Path>> => {
    const token = csrfToken(document.cookie);
    const headers: Record<string, string> = { accept: "application/json", "content-type": "application/json" };
    if (token !== null) headers[CSRF_HEADER] = token;
    return (await ask(address(path, asked), { method: "POST", headers, body: JSON.stringify(body), ...signalOf(asked) })) as Posted<Path>;
  };
  try {
    return await once();
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "step_up" && (await stepUp())) return once();
    throw error;
  }
}

/** Where a kept picture is to be had. `version` changes with a picture that is taken anew under its name. */
export function pictureAddress(name: string, version?: number): string {
  return `/api/v1/pictures/${segments(name)}${version === undefined ? "" : `?version=${version}`}`;
}

/** The address of one request. Pure. Raises Error where a name in the path has no value. */
export function address(path: string, { path: names = {}, query = {} }: Asked): string {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`${path} needs a value for ${name}`);
    return segments(value);
  });
  const known = Object.entries(query).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, String(value)]]));
  return known.length === 0 ? place : `${place}?${new URLSearchParams(known).toString()}`;
}

/** The token that a session's cookie carries for its own pages, null without a session. Pure. */
export function csrfToken(cookies: string): string | null {
  const found = cookies.split("; ").find((one) => one.startsWith(`${CSRF_COOKIE}=`));
  return found === undefined ? null : decodeURIComponent(found.slice(CSRF_COOKIE.length + 1));
}

const segments = (name: string): string => name.split("/").map(encodeURIComponent).join("/");
const signalOf = ({ signal }: Asked): { signal?: AbortSignal } => (signal === undefined ? {} : { signal });

async function ask(url: string, request: RequestInit): Promise<unknown> {
  let reply: Response;
  try {
    reply = await fetch(url, request);
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    throw unreachable();
  }
  if (reply.status === 401) signedOut();
  if (!reply.ok) {
    const problem = await problemOf(reply);
    if (problem.code === "not_allowed") notAllowed();
    throw problem;
  }
  try {
    return await reply.json();
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    throw new ApiProblem(reply.status, "garbled", "The answer could not be read", "Try again.");
  }
}
