/** RFC 9457 problem details, the form of every error answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Problem {
  readonly status: number;
  /** Stable kebab-case reason; it becomes part of `type`. */
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** Further members, such as the list of what was rejected. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly retryAfterS?: number;
}

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function problem({ status, code, title, detail, more, retryAfterS }: Problem): HttpAnswer {
  return {
    status,
    headers: {
      ...NO_STORE,
      'content-type': 'application/problem+json',
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
    },
    body: JSON.stringify({
      type: `urn:tillstream:problem:${code}`,
      title,
      status,
      code,
      ...(detail === undefined ? {} : { detail }),
      ...more,
    }),
  };
}

export function json(status: number, content: unknown): HttpAnswer {
  return {
    status,
    headers: { ...NO_STORE, 'content-type': 'application/json' },
    body: JSON.stringify(content),
  };
}
