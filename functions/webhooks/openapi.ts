import { z } from 'zod';
import type { SourceOpenApi, WebhookSource } from '../../shared/pos/sources/source.ts';
import { json, type HttpAnswer } from './problem.ts';

/** `GET /openapi.json`: the webhooks, described from the very schemas that check them. */
export function openApiAnswer(publicUrl: string, sources: readonly WebhookSource[]): HttpAnswer {
  return json(200, openApiDocument(publicUrl, sources));
}

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const jsonContent = (schema: unknown) => ({ 'application/json': { schema } });

const rejectedSchema = z.object({
  index: z.int(),
  id: z.string().optional(),
  code: z.string(),
  where: z.string().meta({ description: 'JSON pointer within the event' }),
  message: z.string(),
});
const acceptedSchema = z.object({
  accepted: z.int(),
  ignored: z.array(z.object({ index: z.int(), reason: z.string() })).optional(),
  duplicates: z.int().optional(),
  rejected: z.array(rejectedSchema),
  moreRejected: z.int().optional().meta({ description: 'Rejected records that are not in the list' }),
  moreIgnored: z.int().optional().meta({ description: 'Ignored records that are not in the list' }),
  warnings: z.array(
    z.object({
      id: z.string().meta({ description: 'Id of the first affected event' }),
      code: z.string(),
      count: z.int().meta({ description: 'Number of affected events' }),
      ids: z.array(z.string()).optional(),
      where: z.array(z.string()).optional(),
    }),
  ),
});
/** Every `code` of a problem; its `type` is `urn:tillstream:problem:<code>`. A test holds the list to the code. */
export const PROBLEM_CODES = {
  400: ['bad-json', 'bad-encoding', 'bad-xml'],
  401: ['unauthorized'],
  403: ['store-not-allowed'],
  404: ['unknown-source', 'unknown-path'],
  405: ['method-not-allowed'],
  411: ['length-required'],
  413: ['body-too-large', 'too-many-events', 'too-many-stores', 'event-too-large'],
  415: ['content-type', 'content-encoding'],
  422: ['schema', 'amount-too-large', 'mapping-failed', 'empty'],
  429: ['rate-limited'],
  503: ['unavailable', 'rate-limited'],
} as const;

const problemSchema = z.object({
  type: z.string().meta({ description: 'urn:tillstream:problem: followed by the code' }),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'Stable reason', examples: Object.values(PROBLEM_CODES).flat() }),
  detail: z.string().optional(),
  where: z.string().optional().meta({ description: 'JSON pointer, or element path, of the fault' }),
});
/** The answer where every record of a readable body was refused: each has its own reason. */
const nothingAcceptedSchema = problemSchema.extend({
  accepted: z.literal(0),
  rejected: z.array(rejectedSchema),
  moreRejected: z.int().optional(),
  moreIgnored: z.int().optional(),
});
const healthSchema = z.object({
  status: z.enum(['healthy', 'degraded', 'unavailable']),
  checks: z.record(z.string(), z.enum(['reachable', 'unreachable', 'slow'])),
  hubCircuit: z.string().optional(),
});

const DESCRIPTIONS: Readonly<Record<keyof typeof PROBLEM_CODES, string>> = {
  400: 'The body cannot be read',
  401: 'The signature does not fit, or nothing is set up here',
  403: 'The sender may not write these stores',
  404: 'Unknown source',
  405: 'The address takes another method',
  411: 'No Content-Length',
  413: 'The body, the batch or an event is too large',
  415: 'Wrong content type or content encoding',
  422: 'No event in the body could be accepted',
  429: 'Too many requests: wait for Retry-After seconds',
  503: 'Not durable: retry after Retry-After seconds. Vendors who drop what is answered 4xx get it for 429 as well',
};
const retryAfter = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
};

function problemResponse(status: keyof typeof PROBLEM_CODES) {
  const problem = ref('schemas', 'Problem');
  const listing = { anyOf: [ref('schemas', 'NothingAccepted'), problem] };
  const codes = PROBLEM_CODES[status].map((code) => `\`${code}\``).join(', ');
  return {
    description: `${DESCRIPTIONS[status]}. Codes: ${codes}`,
    ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
    content: {
      'application/problem+json': {
        schema: status === 422 || status === 413 || status === 403 ? listing : problem,
      },
    },
  };
}

const PROBLEMS = Object.keys(PROBLEM_CODES)
  .map((status) => Number(status) as keyof typeof PROBLEM_CODES)
  .filter((status) => status !== 405);

const responses = {
  '200': {
    description: 'Every record is durable: accepted ones as events, rejected ones as dead letters',
    content: jsonContent(ref('schemas', 'Accepted')),
  },
  ...Object.fromEntries(PROBLEMS.map((status) => [String(status), problemResponse(status)])),
};

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

const header = ({ name, description }: { readonly name: string; readonly description: string }) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});
const gzip = {
  name: 'content-encoding',
  in: 'header',
  required: false,
  description: 'The signature is of the bytes as sent; unpacked they may be as large as a plain body',
  schema: { type: 'string', enum: ['identity', 'gzip'] },
};
const senderParameter = {
  name: 'sender',
  in: 'path',
  required: true,
  description: 'The name that the operator gave a sender with a secret and stores of its own',
  schema: { type: 'string', pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' },
};

function pathsOf(source: string, { summary, content, security, headers = [] }: SourceOpenApi) {
  const post = (operationId: string, parameters: readonly unknown[]) => ({
    post: {
      operationId,
      summary,
      tags: ['webhooks'],
      security: [{ [security.name]: [] }],
      parameters: [...parameters, ...headers.map(header), gzip],
      requestBody: { required: true, content },
      responses,
    },
  });
  return {
    [`/webhooks/${source}`]: post(`receive-${source}`, []),
    [`/webhooks/${source}/{sender}`]: post(`receive-${source}-of-sender`, [senderParameter]),
  };
}

const own = (operationId: string, summary: string, answers: Readonly<Record<string, unknown>>) => ({
  get: { operationId, summary, tags: ['service'], security: [], responses: answers },
});
const described = (description: string, schema: unknown) => ({ description, content: jsonContent(schema) });
const servicePaths = {
  '/health': own('health', 'Whether webhooks are accepted', {
    '200': described(
      'They are; `degraded` where the spill queue stands in for the hub',
      ref('schemas', 'Health'),
    ),
    '503': described('They are not', ref('schemas', 'Health')),
    '405': problemResponse(405),
  }),
  '/health/live': own('live', 'Whether the process runs', {
    '200': described('It does', { type: 'object', properties: { status: { const: 'alive' } } }),
    '405': problemResponse(405),
  }),
  '/openapi.json': own('openapi', 'This document', {
    '200': described('An OpenAPI document', { type: 'object' }),
    '405': problemResponse(405),
  }),
};

function openApiDocument(publicUrl: string, sources: readonly WebhookSource[]) {
  const schemas: Record<string, unknown> = {
    Accepted: schemaOf(acceptedSchema),
    Problem: schemaOf(problemSchema),
    NothingAccepted: schemaOf(nothingAcceptedSchema),
    Health: schemaOf(healthSchema),
  };
  for (const { openApi } of sources) {
    for (const [name, schema] of Object.entries(openApi.schemas ?? {})) schemas[name] = schemaOf(schema);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tillstream webhooks',
      version: '1',
      description: 'How tills and vendors send their events. See docs/terminals.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    tags: [
      { name: 'webhooks', description: 'Events come in' },
      { name: 'service', description: 'The state and the description of this installation' },
    ],
    paths: Object.assign(
      {},
      ...sources.map(({ source, openApi }) => pathsOf(source, openApi)),
      servicePaths,
    ) as object,
    components: {
      securitySchemes: Object.fromEntries(
        sources.map(({ openApi: { security } }) => [security.name, security.scheme]),
      ),
      schemas,
    },
  };
}
