/** An answer of the API that is no success (RFC 9457), or `code: "offline"` when there was no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail === "" ? code : detail);
  }

  static from(status: number, body: unknown): Problem {
    const { code, detail, title } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    return new Problem(status, typeof code === "string" ? code : `http_${status}`, String(detail ?? title ?? ""));
  }

  static offline(): Problem {
    return new Problem(0, "offline", "");
  }
}

export function isProblem(error: unknown, code?: string): error is Problem {
  return error instanceof Problem && (code === undefined || error.code === code);
}
