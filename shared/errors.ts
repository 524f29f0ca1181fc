/**
 * The two kinds of failure the whole product knows.
 *
 * - permanent: retrying gives the same result (bad payload, violated rule). It becomes a dead letter
 *   with its reason.
 * - transient: retrying may succeed (throttled, unavailable, lost race). It is retried and, if it persists,
 *   thrown to the host, which retries without limit.
 *
 * `code` is a stable, searchable kebab-case reason; `message` says what is wrong, where, and how to fix
 * it, and never holds card or customer data. `cause` is always kept.
 */
export class PermanentError extends Error {
  readonly code: string;
  /** Place of the error in the input: a JSON pointer, or `file:line:column`. */
  readonly where: string | undefined;

  constructor(code: string, message: string, options: { where?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PermanentError';
    this.code = code;
    this.where = options.where;
  }
}

export class TransientError extends Error {
  readonly code: string;
  /** The requested delay before a retry, in milliseconds, if given. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'TransientError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The message of any thrown value, for logs and dead letters. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
