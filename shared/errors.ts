/**
 * The two kinds of failure the whole product knows.
 *
 * - permanent: trying again gives the same answer (bad payload, violated rule). It becomes a dead letter
 *   with its reason.
 * - transient: trying again may succeed (throttled, unavailable, lost race). It is retried and, if it lasts,
 *   thrown to the host, which retries without limit.
 *
 * `code` is a stable kebab-case reason that people can search for; `message` says what, where and how to mend
 * it, and never holds card or customer data. `cause` is always kept.
 */
export class PermanentError extends Error {
  readonly code: string;
  /** Where in the input the fault lies: a JSON pointer, or `file:line:column`. */
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
  /** How long the other side asked us to wait, in milliseconds, where it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'TransientError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The message of anything that was thrown, for logs and dead letters. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
