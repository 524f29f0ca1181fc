import { z } from 'zod';
import { READS_FINANCE, READS_OPERATIONS, type Role } from '../access.ts';
import { apiRoute, type ApiRoute } from './api-route.ts';
import { API_ROOT, OPERATIONS_API_ROOT } from './api-router.ts';

interface Tag {
  readonly name: string;
  readonly description: string;
  readonly under: readonly string[];
}

interface DescribedApi {
  readonly root: string;
  readonly roles: readonly Role[];
  readonly title: string;
  readonly about: string;
  /** A route has the first of them of which `under` names the beginning of its path below the root. */
  readonly tags: readonly Tag[];
}

const CLOSE_API: DescribedApi = {
  root: API_ROOT,
  roles: READS_FINANCE,
  title: 'Tillstream: closing days',
  about: 'What the pages of finance do, for programs: see docs/finance.md.',
  tags: [{ name: 'closing', description: "Exceptions, and the days of stores' books", under: [''] }],
};
export const OPERATIONS_API: DescribedApi = {
  root: OPERATIONS_API_ROOT,
  roles: READS_OPERATIONS,
  title: 'Tillstream: operations',
  about: 'What the pages of alerts and of dead letters do, for programs: see docs/operations.md.',
  tags: [
    {
      name: 'letters',
      description: 'Events that had no effect, kept with their reason',
      under: ['/letters', '/orders'],
    },
    { name: 'alerts', description: 'Alerts, and who answered them', under: [''] },
  ],
};

/** `GET <root>/openapi.json`: an API, described from the very schemas that check it. */
export function openApiRoute(
  routes: readonly ApiRoute[],
  publicUrl: string,
  described = CLOSE_API,
): ApiRoute {
  const route: ApiRoute = apiRoute({
    operationId: 'openapi',
    summary: 'This document',
    method: 'GET',
    path: `${described.root}/openapi.json`,
    roles: described.roles,
    response: z.record(z.string(), z.unknown()),
    handle: () =>
      Promise.resolve({ status: 200, content: apiDocument([...routes, route], publicUrl, described) }),
  });
  return route;
}

const PARAMETERS: Readonly<Record<string, { description: string; schema: object }>> = {
  date: { description: 'Business date', schema: { type: 'string', format: 'date' } },
  store: { description: 'Store id', schema: { type: 'string', maxLength: 100 } },
  exception: {
    description: 'Item id of the exception',
    schema: { type: 'string', pattern: '^[0-9a-f]{16}$' },
  },
  alert: { description: 'Id of the alert', schema: { type: 'string', pattern: '^alert_[0-9a-f]{32}$' } },
  route: { description: 'Name of a route of alert-routes.json', schema: { type: 'string', maxLength: 60 } },
  stage: { description: 'The function that gave up', schema: { type: 'string', maxLength: 41 } },
  letter: {
    description: "Rest of the letter's name, percent-encoded as a whole",
    schema: { type: 'string', maxLength: 1_000 },
  },
  order: { description: 'Id of an order', schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
};

/** What any route may answer with, by status. */
const COMMON: Readonly<Record<number, readonly string[]>> = {
  401: ['signed-out'],
  403: ['role-missing'],
  503: ['unavailable'],
};
const OF_POST: Readonly<Record<number, readonly string[]>> = {
  400: ['bad-json', 'idempotency-key'],
  403: ['role-missing', 'cross-site', 'no-identity', 'approval-needed'],
  413: ['body-too-large'],
  415: ['content-type'],
  422: ['schema'],
};
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  400: 'The request cannot be read',
  401: 'Nobody is signed in',
  403: 'A role is missing, or the request came from another site',
  404: 'There is no such thing, or not for this reader',
  409: 'Not possible as things are',
  412: 'It has changed since; `ETag` says how it is now',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The body does not fit the schema, or the key was used before',
  428: 'If-Match is missing',
  503: 'A service does not respond: repeat with the same key after Retry-After seconds',
};

const problemSchema = z.object({
  type: z.string().meta({ description: 'urn:tillstream:problem: followed by the code' }),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'Stable reason' }),
  detail: z.string(),
  errors: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  blockers: z
    .array(z.object({ code: z.string(), text: z.string(), itemIds: z.array(z.string()).optional() }))
    .optional(),
  matched: z.int().optional(),
  totals: z.record(z.string(), z.string()).optional(),
});

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

const header = (name: string, description: string, pattern: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string', pattern },
});
const KEY_HEADER = header(
  'Idempotency-Key',
  'A new one for each intention, the same one for each repeat of it',
  '^[A-Za-z0-9_.:~-]{8,200}$',
);
const ETAG_HEADER = header('If-Match', 'ETag of what you have seen', '^"[!#-~]+"$');
const VERSION_HEADER = header('If-Match', 'ETag of what you have seen', '^"v[0-9]+"$');

function parametersOf({ path, query, method, needsVersion, needsEtag }: ApiRoute): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...PARAMETERS[name],
  }));
  const { properties = {} } = (query ? schemaOf(query, 'input') : {}) as {
    properties?: Record<string, { description?: string }>;
  };
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description !== undefined && { description }),
    schema,
  }));
  return [
    ...inPath,
    ...inQuery,
    ...(method === 'POST' ? [KEY_HEADER] : []),
    ...(needsVersion === true ? [VERSION_HEADER] : []),
    ...(needsEtag === true ? [ETAG_HEADER] : []),
  ];
}

function responsesOf(route: ApiRoute): Record<string, unknown> {
  const codes = new Map<string, Set<string>>();
  const sources = [
    COMMON,
    route.problems ?? {},
    ...(route.method === 'POST' ? [OF_POST] : []),
    ...(route.query ? [{ 400: ['query'] }] : []),
    ...(route.needsVersion === true || route.needsEtag === true
      ? [{ 400: ['if-match'], 428: ['if-match'] }]
      : []),
  ];
  for (const source of sources)
    for (const [status, list] of Object.entries(source))
      codes.set(status, new Set([...(codes.get(status) ?? []), ...list]));
  const problems = [...codes].map(([status, list]) => [
    status,
    {
      description: `${DESCRIPTIONS[status]}. Codes: ${[...list].map((code) => `\`${code}\``).join(', ')}`,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  return {
    [String(route.success ?? 200)]: {
      description: route.summary,
      content: { 'application/json': { schema: schemaOf(route.response, 'output') } },
    },
    ...(Object.fromEntries(problems) as object),
  };
}

function operationOf(route: ApiRoute, tag: string) {
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: `Roles: ${route.roles.map((role) => (role === 'Store.Read' ? '`Store.Read.<store>` for its own store' : `\`${role}\``)).join(', ')}.`,
    tags: [tag],
    parameters: parametersOf(route),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
      },
    }),
    responses: responsesOf(route),
  };
}

function apiDocument(
  routes: readonly ApiRoute[],
  publicUrl: string,
  { root, title, about, tags }: DescribedApi,
): object {
  const tagOf = ({ path }: ApiRoute): string =>
    tags.find(({ under }) => under.some((start) => path.startsWith(`${root}${start}`)))?.name ?? '';
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route, tagOf(route)),
    };
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: '1',
      description: `${about} Sign in with a bearer token of Entra ID, or from a page of the app.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    security: [{ entra: [] }],
    tags: tags.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: { entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}
