import type { z } from 'zod';
import type { Principal } from '../principal.ts';
import type { Role } from '../access.ts';
import type { PageRequest } from '../web.ts';

/** What an API route is given: everything is checked before it is called. */
export interface ApiCall<Query = unknown, Body = unknown> {
  readonly request: PageRequest;
  readonly user: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** `Idempotency-Key`; empty for GET. */
  readonly key: string;
  /** The version that `If-Match` names; undefined where the route needs none. */
  readonly version: number | undefined;
  /** The ETag that `If-Match` names, where the route needs one that is no version. */
  readonly etag?: string | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly content: unknown;
  /** Strong ETag of the content, as a version. */
  readonly version?: number | undefined;
  /** Strong ETag of the content, where it is no version. */
  readonly etag?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation. The OpenAPI document is made from the same fields that check a request. */
export interface ApiRoute {
  readonly operationId: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST';
  /** `/finance/api/days/{date}`: a segment in braces is a parameter, described in `PARAMETERS`. */
  readonly path: string;
  readonly roles: readonly Role[];
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether `If-Match` must name the version that the caller has seen. */
  readonly needsVersion?: boolean;
  /** Whether `If-Match` must name the ETag that the caller has seen. */
  readonly needsEtag?: boolean;
  /** Status of success; 200 where it is left out. */
  readonly success?: 200 | 202;
  readonly response: z.ZodType;
  /** Codes of problems beyond those of every route, by status. */
  readonly problems?: Readonly<Record<number, readonly string[]>>;
  readonly handle: (call: ApiCall) => Promise<ApiAnswer>;
}

/** Ties a route to the types of its own query and body while it is written. */
export function apiRoute<Query extends z.ZodObject, Body extends z.ZodType>(
  route: Omit<ApiRoute, 'query' | 'body' | 'handle'> & {
    readonly query?: Query;
    readonly body?: Body;
    readonly handle: (call: ApiCall<z.infer<Query>, z.infer<Body>>) => Promise<ApiAnswer>;
  },
): ApiRoute {
  return route as unknown as ApiRoute;
}

/** A refusal, by which a route ends early. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** Further members of the problem. */
  readonly more: Readonly<Record<string, unknown>>;
  readonly version: number | undefined;
  readonly etag: string | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: Readonly<Record<string, unknown>> = {},
    version?: number,
    etag?: string,
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.more = more;
    this.version = version;
    this.etag = etag;
  }
}
