// RFC 9457 problem documents, as the native API answers every error.

export interface FieldProblem {
  field: string;
  message: string;
  received?: unknown;
}

/** An answer that is not a success. `code` is the last part of the problem's type, such as `second_factor_needed`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }

  /** No answer came at all. */
  static offline(): Problem {
    return new Problem(0, "offline", "");
  }

  static async of(response: Response): Promise<Problem> {
    const after = response.headers.get("Retry-After");
    const wait = after === null ? null : Number(after);
    try {
      const body = (await response.json()) as { type?: string; detail?: string; errors?: FieldProblem[] };
      const code = (body.type ?? "").split(":").at(-1) ?? "";
      return new Problem(response.status, code, body.detail ?? response.statusText, body.errors ?? [], wait);
    } catch {
      return new Problem(response.status, "unknown", response.statusText, [], wait);
    }
  }

  /** What is wrong with one field, if anything; `calls[0].to` is a problem of `calls` too. */
  of(field: string): string | undefined {
    const hit = this.errors.find(
      (error) => error.field === field || error.field.startsWith(`${field}.`) || error.field.startsWith(`${field}[`),
    );
    return hit?.message;
  }
}

/** `error` as a `Problem`; what is none (a mistake of ours) keeps its words. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, "console", error instanceof Error ? error.message : String(error));
}
