/** What went wrong with a request, as one type. The store tells it as a problem document; what never reached the store gets a code here. */

export interface FieldProblem {
  readonly at: string;
  readonly message: string;
}

/** `status` 0: no answer came. `code` is stable: the store's own, or `unreachable`, `garbled`. `detail` says what to do, in English. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(`${code}: ${title}`);
  }

  /** Whether asking again may help without anybody doing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

export const unreachable = (): ApiProblem => new ApiProblem(0, "unreachable", "The store does not answer", "Check the connection to the store.");

/** The problem that an answer tells; `garbled` where it tells none. */
export async function problemOf(reply: Response): Promise<ApiProblem> {
  try {
    const told: unknown = await reply.json();
    if (isDocument(told)) return new ApiProblem(reply.status, told.code, told.title, told.detail, told.fields ?? []);
  } catch {
    // not JSON: a proxy's own page, or cut short
  }
  return new ApiProblem(reply.status, "garbled", "The answer could not be read", "Try again.");
}

function isDocument(told: unknown): told is { code: string; title: string; detail: string; fields?: FieldProblem[] } {
  if (typeof told !== "object" || told === null) return false;
  const { code, title, detail } = told as Record<string, unknown>;
  return typeof code === "string" && typeof title === "string" && typeof detail === "string";
}
