import type { app as functionsApp, HttpRequest, HttpResponseInit } from '@azure/functions';
import { CONNECTIONS, QUEUES, ROUTES } from '../../shared/azure/names.ts';
import { readSettings } from '../../shared/settings.ts';
import { functionLog, queueText } from '../worker.ts';
import type { HttpAnswer } from './problem.ts';
import { wireWebhooks, type Webhooks } from './wire.ts';

let wired: Webhooks | undefined;

/** At the first invocation, so that importing the entry stays cheap. */
function webhooks(): Webhooks {
  wired ??= wireWebhooks(readSettings(), Date.now, functionLog);
  return wired;
}

export function registerWebhooks(app: typeof functionsApp): void {
  app.http('receive', {
    methods: ['POST'],
    authLevel: 'anonymous',
    route: ROUTES.webhooks,
    handler: async (request) => {
      const answer = await webhooks().receive(
        {
          source: request.params['source'] ?? '',
          header: (name) => request.headers.get(name) ?? undefined,
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
    handler: async () => responseOf(await webhooks().health()),
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
  app.storageQueue('republish', {
    queueName: QUEUES.spill,
    connection: CONNECTIONS.state,
    handler: (message) => webhooks().republish(queueText(message), functionLog),
  });
}

async function bodyOf(request: HttpRequest): Promise<Buffer> {
  return Buffer.from(await request.arrayBuffer());
}

function responseOf({ status, headers, body }: HttpAnswer): HttpResponseInit {
  return { status, headers: { ...headers }, body };
}
