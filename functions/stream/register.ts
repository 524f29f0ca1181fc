import type { app as functionsApp, InvocationContext } from '@azure/functions';
import { CONNECTIONS, CONSUMER_GROUPS, HUB, QUEUES, ROUTES } from '../../shared/azure/names.ts';
import { functionLog, lazily, queueText } from '../worker.ts';
import type { HubMessage } from './read-batch.ts';
import { wireStream } from './wire.ts';

const stream = lazily(wireStream);

export function registerStream(app: typeof functionsApp): void {
  for (const name of ['stock', 'tills'] as const) {
    const options = {
      connection: CONNECTIONS.posEvents,
      eventHubName: HUB,
      consumerGroup: CONSUMER_GROUPS[name],
      cardinality: 'many' as const,
      // Bytes, so a body that is not JSON cannot fail its batch before we see it. The typings lack this option.
      dataType: 'binary',
      // Unlimited: the checkpoint advances after a failure, so giving up would lose the batch.
      retry: {
        strategy: 'exponentialBackoff' as const,
        maxRetryCount: -1,
        minimumInterval: { seconds: 1 },
        maximumInterval: { seconds: 30 },
      },
      handler: (bodies: unknown, context: InvocationContext) =>
        stream()[name](hubMessages(bodies as Uint8Array[], context)),
    };
    app.eventHub(name, options);
  }
  registerTillClock(app);
  app.timer('outbox', {
    schedule: '30 * * * * *',
    handler: async () => {
      const alerts = await stream().sweep();
      if (alerts > 0) functionLog.info('Sent alerts that were left in an outbox', { alerts });
    },
  });
  app.timer('watchShelves', {
    schedule: '0 20 * * * *',
    handler: async () => {
      const alerts = await stream().watchShelves();
      if (alerts > 0) functionLog.info('Sent alerts about silent shelves', { alerts });
    },
  });
  // After midnight in each zone within a day; a repeat replaces the same files.
  app.timer('forecastDemand', {
    schedule: '0 40 */6 * * *',
    handler: async () => {
      const lines = await stream().forecastDemand();
      functionLog.info('Forecast the demand of all stores', { lines });
    },
  });
  app.storageQueue('notify', {
    queueName: QUEUES.alerts,
    connection: CONNECTIONS.state,
    handler: (message) => stream().notify(queueText(message)),
  });
  app.timer('followUp', {
    schedule: '10 * * * * *',
    handler: () => stream().followUp(),
  });
  app.http('alertLinks', {
    methods: ['GET', 'HEAD', 'POST'],
    authLevel: 'anonymous',
    route: ROUTES.alertLinks,
    handler: async (request) => {
      const { status, headers, body } = await stream().alertLinks(
        {
          method: request.method === 'POST' ? 'POST' : 'GET',
          token: request.params['token'] ?? '',
          header: (name) => request.headers.get(name) ?? undefined,
          body: () => request.text(),
        },
        functionLog,
      );
      return { status, headers: { ...headers }, body };
    },
  });
}

/** What the clock asks about tills. */
function registerTillClock(app: typeof functionsApp): void {
  app.timer('watchTills', {
    schedule: '0 */10 * * * *',
    handler: async () => {
      const alerts = await stream().watch.tills();
      if (alerts > 0) functionLog.info('Tills that the clock found', { alerts });
    },
  });
  app.timer('judgeCashiers', {
    schedule: '0 40 * * * *',
    handler: async () => {
      const stores = await stream().watch.cashiers();
      if (stores > 0) functionLog.info('Judged the cashiers of stores', { stores });
    },
  });
}

interface EventHubMetadata {
  readonly partitionContext: { readonly partitionId: string | number };
  readonly sequenceNumberArray: readonly (number | string | { low: number; high: number })[];
  readonly enqueuedTimeUtcArray?: readonly string[];
}

function hubMessages(bodies: readonly Uint8Array[], context: InvocationContext): HubMessage[] {
  const { partitionContext, sequenceNumberArray, enqueuedTimeUtcArray } =
    context.triggerMetadata as unknown as EventHubMetadata;
  return bodies.map((body, at) => ({
    body,
    hubPartition: String(partitionContext.partitionId),
    hubSequenceNumber: sequenceNumberOf(sequenceNumberArray[at]),
    enqueuedAtMs: enqueuedMsOf(enqueuedTimeUtcArray?.[at]),
  }));
}

/** The worker gives UTC without a zone. Undefined for what is no time: it is then known by its number alone. */
function enqueuedMsOf(given: string | undefined): number | undefined {
  if (typeof given !== 'string') return undefined;
  const epochMs = Date.parse(/(?:[Zz]|[+-]\d\d:\d\d)$/.test(given) ? given : `${given}Z`);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** The worker gives a 64-bit number as its two halves, the host's JSON as a number. */
function sequenceNumberOf(given: EventHubMetadata['sequenceNumberArray'][number] | undefined): number {
  const value =
    typeof given === 'object' ? given.high * 2 ** 32 + (given.low >>> 0) : Number(given ?? Number.NaN);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`The trigger gave no sequence number: ${String(value)}`);
  return value;
}
