import { z } from 'zod';
import { wireBodySchema } from '../../shared/pos/sources/tillstream/wire-schema.ts';
import { json, type HttpAnswer } from './problem.ts';

/** `GET /openapi.json`: the webhooks, described from the very schemas that check them. */
export function openApiAnswer(publicUrl: string): HttpAnswer {
  return json(200, openApiDocument(publicUrl));
}

const jsonContent = (schema: unknown) => ({ 'application/json': { schema } });
const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});
const standardWebhookHeaders = [
  header('webhook-id', "The sender's id of this delivery"),
  header('webhook-timestamp', 'Unix time in seconds, at most five minutes from ours'),
  header('webhook-signature', '`v1,` and base64 HMAC-SHA256 of `id.timestamp.body`, or `v1a,` and ed25519'),
];

const responses = {
  '200': {
    description: 'Every record is durable: accepted ones as events, rejected ones as dead letters',
    content: jsonContent({ $ref: '#/components/schemas/Accepted' }),
  },
  '400': { description: 'The body can not be read', content: problemContent },
  '401': { description: 'Unauthorized', content: problemContent },
  '404': { description: 'There is no such source', content: problemContent },
  '411': { description: 'No Content-Length', content: problemContent },
  '413': { description: 'The body, the batch or an event is too large', content: problemContent },
  '415': { description: 'Wrong content type, or a content encoding', content: problemContent },
  '422': { description: 'No event of the body could be accepted', content: problemContent },
  '429': { description: 'Too many requests: wait for Retry-After seconds', content: problemContent },
  '503': { description: 'Not durable: send it again after Retry-After seconds', content: problemContent },
};

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
  moreRejected: z.int().optional().meta({ description: 'Rejected, and not in the list' }),
  moreIgnored: z.int().optional().meta({ description: 'Ignored, and not in the list' }),
  warnings: z.array(
    z.object({
      id: z.string().meta({ description: 'The first event concerned' }),
      code: z.string(),
      count: z.int().meta({ description: 'How many events are concerned' }),
      ids: z.array(z.string()).optional(),
      where: z.array(z.string()).optional(),
    }),
  ),
});
const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  where: z.string().optional(),
  rejected: z.array(rejectedSchema).optional(),
  moreRejected: z.int().optional(),
  moreIgnored: z.int().optional(),
});

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function openApiDocument(publicUrl: string) {
  const post = (summary: string, content: unknown, parameters: unknown) => ({
    post: { summary, parameters, requestBody: { required: true, content }, responses },
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Tillstream webhooks', version: '1', description: 'See docs/terminals.md.' },
    servers: [{ url: publicUrl }],
    paths: {
      '/webhooks/tillstream': post(
        "POS events in Tillstream's own format",
        jsonContent({ $ref: '#/components/schemas/Body' }),
        standardWebhookHeaders,
      ),
      '/webhooks/poslog': post(
        'Transactions as ARTS POSLog XML',
        { 'application/xml': { schema: { type: 'string' } } },
        standardWebhookHeaders,
      ),
      '/webhooks/square': post('Notifications of Square', jsonContent({ type: 'object' }), [
        header('x-square-hmacsha256-signature', 'base64 HMAC-SHA256 of notification URL and body'),
      ]),
    },
    components: {
      schemas: {
        Body: schemaOf(wireBodySchema),
        Accepted: schemaOf(acceptedSchema),
        Problem: schemaOf(problemSchema),
      },
    },
  };
}
