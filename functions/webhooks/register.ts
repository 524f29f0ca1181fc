import type { app as functionsApp, HttpRequest, HttpResponseInit } from '@azure/functions';
import { CONNECTIONS, QUEUES, ROUTES } from '../../shared/azure/names.ts';
import { ADDRESS_KEY_HEADER } from '../../shared/pos/sources/address-key.ts';
import { functionLog, lazily, queueText } from '../worker.ts';
import { alive } from './health.ts';
import type { HttpAnswer } from './problem.ts';
import { unknownPath } from './unknown-path.ts';
import { wireWebhooks } from './wire.ts';

const webhooks = lazily(wireWebhooks);

/** Dates end at every hour somewhere, and what one run leaves is for the next. */
const EVERY_QUARTER_OF_AN_HOUR = '0 7,22,37,52 * * * *';

export function registerWebhooks(app: typeof functionsApp): void {
  app.http('receive', {
    methods: ['POST'],
    authLevel: 'anonymous',
    route: ROUTES.webhooks,
    handler: async (request) => {
      const answer = await webhooks().receive(
        {
          source: request.params['source'] ?? '',
          ...(request.params['sender'] === undefined ? {} : { sender: request.params['sender'] }),
          header: (name) => request.headers.get(name) ?? addressKey(request, name),
          body: () => bodyOf(request),
        },
        functionLog,
      );
      return responseOf(answer);
    },
  });
  app.http('health', {
    methods: ['GET'],
    authLevel: 'anonymous',
    route: ROUTES.health,
    handler: async (request) => {
      const probe = request.params['probe'];
      if (probe === undefined) return responseOf(await webhooks().health());
      // Whether the process runs is seen by its answering at all: no settings, no Azure.
      return responseOf(probe === 'live' ? alive() : unknownPathOf(request));
    },
  });
  app.http('unknown', {
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    authLevel: 'anonymous',
    route: ROUTES.unknown,
    handler: (request) => responseOf(unknownPathOf(request)),
  });
  app.http('openapi', {
    methods: ['GET'],
    authLevel: 'anonymous',
    route: ROUTES.openApi,
    handler: () => responseOf(webhooks().openApi()),
  });
  app.storageQueue('hydrate', {
    queueName: QUEUES.hydrate,
    connection: CONNECTIONS.state,
    handler: (message) => webhooks().hydrate(queueText(message), functionLog),
  });
  app.timer('backFill', {
    schedule: EVERY_QUARTER_OF_AN_HOUR,
    handler: async () => void (await webhooks().backFill(functionLog)),
  });
  app.storageQueue('republish', {
    queueName: QUEUES.spill,
    connection: CONNECTIONS.state,
    handler: (message) => webhooks().republish(queueText(message), functionLog),
  });
}

const addressKey = ({ query }: HttpRequest, name: string): string | undefined =>
  name === ADDRESS_KEY_HEADER ? (query.get('key') ?? undefined) : undefined;

const unknownPathOf = ({ method, url, headers }: HttpRequest): HttpAnswer =>
  unknownPath(method, url, headers.get('accept') ?? '');

async function bodyOf(request: HttpRequest): Promise<Buffer> {
  return Buffer.from(await request.arrayBuffer());
}

function responseOf({ status, headers, body }: HttpAnswer): HttpResponseInit {
  return { status, headers: { ...headers }, body };
}
