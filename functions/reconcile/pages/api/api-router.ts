import type { Logger } from '../../../../shared/log.ts';
import { TransientError } from '../../../../shared/errors.ts';
import { holdsAny } from '../access.ts';
import { crossSiteReason } from '../cross-site.ts';
import { paramsOf } from '../route-path.ts';
import { principalOf } from '../principal.ts';
import type { PageAnswer, PageRequest } from '../web.ts';
import { ApiProblem, type ApiAnswer, type ApiRoute } from './api-route.ts';

export const API_ROOT = '/finance/api';
export const OPERATIONS_API_ROOT = '/operations/api';
const MAX_BODY_CHARACTERS = 100_000;
const RETRY_AFTER_S = 10;
/** RFC 9457, and the same headers as everything that people get. */
const HEADERS = { 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' };

/** Title of a problem by status; `code` and `detail` say the rest. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'The address takes another method',
  409: 'Not possible as things are',
  412: 'It has changed since',
  413: 'Too large',
  415: 'Send JSON',
  422: 'The request does not fit',
  428: 'If-Match is missing',
  500: 'Something went wrong',
  503: 'Try again in a moment',
};

export const isApiPath = (path: string): boolean =>
  [API_ROOT, OPERATIONS_API_ROOT].some((root) => path.toLowerCase().startsWith(`${root}/`));

/** Every answer is JSON: there is no page and no redirect to a sign-in below the roots of the API. */
export function createApi(routes: readonly ApiRoute[]) {
  return async (request: PageRequest, log: Logger): Promise<PageAnswer> => {
    try {
      return okAnswer(await answer(routes, request));
    } catch (thrown) {
      if (thrown instanceof ApiProblem) return problemAnswer(thrown);
      log.error('The API failed', { path: request.path }, thrown);
      if (thrown instanceof TransientError)
        return problemAnswer(
          new ApiProblem(
            503,
            'unavailable',
            'A service that this needs is not responding. Nothing is half done: repeat the request with the same Idempotency-Key.',
          ),
          { 'retry-after': String(RETRY_AFTER_S) },
        );
      return problemAnswer(
        new ApiProblem(500, 'unexpected', 'The error is in the log: give IT the address and the time.'),
      );
    }
  };
}

async function answer(routes: readonly ApiRoute[], request: PageRequest): Promise<ApiAnswer> {
  const found = routes.flatMap((route) => {
    const params = paramsOf(route.path, request.path);
    return params ? [{ route, params }] : [];
  });
  if (found.length === 0)
    throw new ApiProblem(
      404,
      'unknown-path',
      `There is nothing here: see ${API_ROOT}/openapi.json and ${OPERATIONS_API_ROOT}/openapi.json`,
    );
  const match = found.find(({ route }) => route.method === request.method);
  if (!match) {
    const allow = [...new Set(found.map(({ route }) => route.method))].join(', ');
    throw new ApiProblem(405, 'method-not-allowed', `This address only accepts ${allow}.`);
  }
  const { route, params } = match;
  const user = principalOf(request.principal);
  if (!user) throw new ApiProblem(401, 'signed-out', 'Sign in, or send a bearer token.');
  if (!holdsAny(user, route.roles))
    throw new ApiProblem(403, 'role-missing', `This needs one of the roles ${route.roles.join(', ')}.`);
  const query = queryOf(route, request);
  if (route.method === 'GET')
    return route.handle({ request, user, params, query, body: undefined, key: '', version: undefined });
  checkOrigin(request);
  const key = keyOf(request);
  const version = route.needsVersion === true ? versionOf(request) : undefined;
  const etag = route.needsEtag === true ? etagIn(request) : undefined;
  const body = parsed(route.body, await bodyOf(request), 'schema');
  return route.handle({ request, user, params, query, body, key, version, etag });
}

/**
 * A browser sends its sign-in cookie with requests that other sites trigger (CSRF), but no site can make it send a header
 * of its own choice, such as a bearer token, without asking first (CORS), which nobody grants here.
 */
function checkOrigin({ header }: PageRequest): void {
  if (/^bearer \S/i.test(header('authorization') ?? '')) return;
  const reason = crossSiteReason(header);
  if (reason !== undefined)
    throw new ApiProblem(
      403,
      'cross-site',
      `${reason} Send a bearer token, or call from a page of this app.`,
    );
}

function keyOf({ header }: PageRequest): string {
  const key = (header('idempotency-key') ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (/^[\w.:~-]{8,200}$/.test(key)) return key;
  throw new ApiProblem(
    400,
    'idempotency-key',
    'Send an Idempotency-Key of 8 to 200 letters, digits and . : ~ _ - : a new one for each intention, the same one for each repeat.',
  );
}

function ifMatchOf({ header }: PageRequest): string {
  const given = header('if-match')?.trim();
  if (given === undefined || given === '')
    throw new ApiProblem(428, 'if-match', 'Send If-Match with the ETag of what you have seen.');
  return given;
}

/** @returns the ETag with its quotes, as it was given out. */
function etagIn(request: PageRequest): string {
  const given = ifMatchOf(request);
  if (/^"[\x21\x23-\x7e]{1,200}"$/.test(given)) return given;
  throw new ApiProblem(400, 'if-match', 'If-Match takes one strong ETag, as the answer to GET has it.');
}

function versionOf(request: PageRequest): number {
  const given = ifMatchOf(request);
  const version = /^"v(\d{1,9})"$/.exec(given)?.[1];
  if (version === undefined)
    throw new ApiProblem(
      400,
      'if-match',
      'If-Match takes one ETag such as "v12", as the answer to GET has it.',
    );
  return Number(version);
}

async function bodyOf(request: PageRequest): Promise<unknown> {
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new ApiProblem(415, 'content-type', 'Send the body as application/json.');
  const text = await request.body();
  if (text.length > MAX_BODY_CHARACTERS)
    throw new ApiProblem(413, 'body-too-large', `The body has more than ${MAX_BODY_CHARACTERS} characters.`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiProblem(400, 'bad-json', 'The body is not JSON.');
  }
}

/** Numbers come as text. What is no parameter is refused: a misspelled filter would mean everything. */
function queryOf(route: ApiRoute, { address }: PageRequest): unknown {
  const { searchParams } = new URL(address, 'http://host.invalid');
  const given: Record<string, unknown> = {};
  for (const [name, value] of searchParams) {
    if (Object.hasOwn(given, name))
      throw new ApiProblem(400, 'query', `${name} is there twice.`, {
        errors: [{ where: name, message: 'is there twice' }],
      });
    given[name] =
      /^(?:min|max)[A-Z]\w*(?:Minor|Days)$|^(?:limit|page|after)$/.test(name) && /^\d{1,15}$/.test(value)
        ? Number(value)
        : value;
  }
  if (!route.query) {
    const [name] = Object.keys(given);
    if (name === undefined) return {};
    throw new ApiProblem(400, 'query', `There is no parameter ${name} here.`, {
      errors: [{ where: name, message: 'is not known' }],
    });
  }
  return parsed(route.query, given, 'query');
}

function parsed(schema: ApiRoute['body'], content: unknown, code: 'schema' | 'query'): unknown {
  if (!schema) return content;
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({
    where: code === 'query' ? path.join('.') : `/${path.join('/')}`,
    message,
  }));
  const first = errors[0] ?? { where: '', message: '' };
  throw new ApiProblem(code === 'query' ? 400 : 422, code, `${first.where}: ${first.message}`, { errors });
}

export const etagOf = (version: number): string => `"v${version}"`;

const etagHeader = (version: number | undefined, etag: string | undefined): Record<string, string> =>
  version === undefined ? (etag === undefined ? {} : { etag }) : { etag: etagOf(version) };

function okAnswer({ status, content, version, etag, headers = {} }: ApiAnswer): PageAnswer {
  return {
    status,
    headers: {
      ...HEADERS,
      'content-type': 'application/json; charset=utf-8',
      ...etagHeader(version, etag),
      ...headers,
    },
    body: JSON.stringify(content),
  };
}

function problemAnswer(
  { status, code, message, more, version, etag }: ApiProblem,
  headers: Readonly<Record<string, string>> = {},
): PageAnswer {
  return {
    status,
    headers: {
      ...HEADERS,
      'content-type': 'application/problem+json',
      ...etagHeader(version, etag),
      ...headers,
    },
    body: JSON.stringify({
      type: `urn:tillstream:problem:${code}`,
      title: TITLES[status] ?? 'Not possible',
      status,
      code,
      detail: message,
      ...more,
    }),
  };
}
