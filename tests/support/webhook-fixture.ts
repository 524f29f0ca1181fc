import { Buffer } from 'node:buffer';
import { circuitBreaker } from '../../functions/webhooks/circuit-breaker.ts';
import type { HubSender } from '../../shared/azure/hub/hub-sender.ts';
import { jsonLogger, type Logger } from '../../shared/log.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { durablePublisher } from '../../functions/webhooks/publisher.ts';
import { storeLanes } from '../../shared/azure/hub/store-lanes.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { indexCatalog, type Catalog } from '../../shared/pos/master-data.ts';
import { productSchema } from '../../shared/pos/product.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { HydrateRequest } from '../../shared/pos/sources/source.ts';
import { signStandardWebhook } from '../../shared/standard-webhooks.ts';
import { NO_SENDERS, indexSenders } from '../../shared/pos/senders.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { createReceive } from '../../functions/webhooks/receive.ts';
import { inFlight } from '../../functions/webhooks/in-flight.ts';
import { sampling } from '../../functions/webhooks/sampled-log.ts';
import { tokenBuckets } from '../../functions/webhooks/rate-limit.ts';
import { secretsOf } from './secrets.ts';
import { orderWithoutWaiting } from './spill.ts';
import type { HttpAnswer } from '../../functions/webhooks/problem.ts';

/** The webhook on fakes that implement its ports: what reached the hub, the spill queue, the dead letters, the log. */
export const SECRET = `whsec_${Buffer.from('a secret of the tests, 32 bytes.').toString('base64')}`;
export const NOW_MS = Date.parse('2026-03-02T12:00:00.000Z');

const everyDay = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '08:00', closes: '20:00' }));
export const CATALOG = indexCatalog(
  [
    storeSchema.parse({
      storeId: 'berlin-1',
      name: 'Berlin',
      timeZone: 'Europe/Berlin',
      cutOver: '04:00',
      currency: 'EUR',
      hours: everyDay,
      ledgerDimension: 'BER1',
      sourceLocations: {
        tillstream: ['B1'],
        poslog: ['9'],
        square: ['LSQ1'],
        shopify: ['7001'],
        stripe: ['B1'],
        adyen: ['AcmeBerlin'],
        'adyen-manual-capture': ['AcmeBerlin'],
        clover: ['9ABCDEF123456'],
        'dynamics-commerce': ['HOUSTON'],
        zettle: ['fd4a39a0-e2ef-11e6-ba64-85247ae2a737'],
        toast: ['rest-1'],
        'lightspeed-x': ['reg-1'],
      },
    }),
  ],
  [
    productSchema.parse({
      productId: 'milk',
      description: 'Milk 1 l',
      codes: ['4012345678901', '4006381333931'],
      unit: 'each',
      leadTimeHours: 24,
      safetyStockMilli: 1000,
      priceMinor: { EUR: 119 },
    }),
  ],
);

export interface Fixture {
  readonly hub: PublishableEvent[];
  /** How many events each send to the hub had. */
  readonly sends: number[];
  readonly spilled: PublishableEvent[];
  readonly letters: DeadLetter[];
  readonly hydrations: HydrateRequest[];
  readonly logLines: string[];
  readonly log: Logger;
  readonly faults: { hub?: Error; spill?: Error; letters?: Error };
  readonly clock: { nowMs: number };
  events(): PosEvent[];
  post(body: string | Buffer, options?: PostOptions): Promise<HttpAnswer>;
}

export interface PostOptions {
  readonly source?: string;
  readonly sender?: string;
  /** Without the headers of a signature. */
  readonly unsigned?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secret?: string;
  readonly timestampS?: number;
  readonly contentType?: string;
}

export function webhookFixture(
  options: {
    ratePerSecond?: number;
    catalog?: Catalog;
    addressBurst?: number;
    inFlight?: number;
    secrets?: Record<string, [string, ...string[]] | undefined>;
    senders?: Parameters<typeof indexSenders>[0]['senders'];
    /** Keys of every set that a source asks for. */
    keys?: readonly { readonly kid?: string }[];
    /** The vault does not answer. */
    secretsFault?: Error;
    /** For sources that are not of the product. */
    sourceNamed?: typeof sourceNamed;
  } = {},
): Fixture {
  const hub: PublishableEvent[] = [];
  const sends: number[] = [];
  const spilled: PublishableEvent[] = [];
  const letters: DeadLetter[] = [];
  const hydrations: HydrateRequest[] = [];
  const logLines: string[] = [];
  const faults: Fixture['faults'] = {};
  const clock = { nowMs: NOW_MS };
  const now = () => clock.nowMs;
  const log = jsonLogger((_level, line) => {
    logLines.push(line);
  });
  const sender: HubSender = {
    async send(_key, events) {
      sends.push(events.length);
      await Promise.resolve();
      if (faults.hub) throw faults.hub;
      const fitting = events.filter(({ body }) => body.length < 1_000_000);
      hub.push(...fitting);
      return events.filter(({ body }) => body.length >= 1_000_000);
    },
  };
  const receive = createReceive({
    sourceNamed: options.sourceNamed ?? sourceNamed,
    catalog: () => Promise.resolve(options.catalog ?? CATALOG),
    senders: () => Promise.resolve(options.senders ? indexSenders({ senders: options.senders }) : NO_SENDERS),
    secrets: options.secretsFault
      ? { get: fail(options.secretsFault), find: fail(options.secretsFault) }
      : secretsOf({ ...DEFAULT_SECRETS, ...options.secrets }),
    inFlight: inFlight({ requests: options.inFlight ?? 100, bytes: 1024 ** 3 }),
    addressLimit: tokenBuckets({ perSecond: 1000, burst: options.addressBurst ?? 1000, clock: now }),
    sampling: sampling(now),
    publisher: durablePublisher({
      lanes: storeLanes(sender, 200),
      order: orderWithoutWaiting((_storeId, events) => {
        if (faults.spill) return Promise.reject(faults.spill);
        spilled.push(...events);
        return Promise.resolve();
      }),
      breaker: circuitBreaker({ threshold: 3, openMs: 5_000, clock: now }),
    }),
    deadLetters: {
      bury(letter) {
        if (faults.letters) return Promise.reject(faults.letters);
        letters.push(letter);
        return Promise.resolve();
      },
    },
    keySets: (urls) => Promise.resolve(new Map(urls.map((url) => [url, options.keys ?? []]))),
    requestHydration(request) {
      hydrations.push(request);
      return Promise.resolve();
    },
    senderLimit: tokenBuckets({
      perSecond: options.ratePerSecond ?? 1000,
      burst: options.ratePerSecond ?? 1000,
      clock: now,
    }),
    publicUrl: 'https://till.example',
    clock: now,
    randomHex: (bytes) => 'ab'.repeat(bytes),
  });
  return {
    hub,
    sends,
    spilled,
    letters,
    hydrations,
    logLines,
    log,
    faults,
    clock,
    events: () => hub.map(({ body }) => JSON.parse(body.toString('utf8')) as PosEvent),
    post(body, post = {}) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const headers = new Map(
        Object.entries({
          ...(post.unsigned
            ? { 'content-type': post.contentType ?? 'application/json' }
            : signedHeaders(bytes, post, now())),
          ...post.headers,
        }).map(([name, value]) => [name.toLowerCase(), value]),
      );
      return receive(
        {
          source: post.source ?? 'tillstream',
          ...(post.sender === undefined ? {} : { sender: post.sender }),
          header: (name) => headers.get(name),
          body: () => Promise.resolve(bytes),
        },
        log,
      );
    },
  };
}

const fail = (fault: Error) => () => Promise.reject(fault);

export const SQUARE_KEY = 'square-signature-key';
const DEFAULT_SECRETS: Readonly<Record<string, [string, ...string[]]>> = {
  'webhook-tillstream': [SECRET],
  'webhook-poslog': [SECRET],
  'webhook-square': [SQUARE_KEY],
  'pseudonym-key': ['pseudonym key of the tests'],
  'pseudonym-key-operators': ['operators of the tests'],
  'pseudonym-key-ids': ['ids of the tests'],
};

export function signedHeaders(body: Buffer, post: PostOptions, nowMs: number): Record<string, string> {
  const timestampS = post.timestampS ?? Math.floor(nowMs / 1000);
  const id = 'msg_1';
  return {
    'content-type': post.contentType ?? (post.source === 'poslog' ? 'application/xml' : 'application/json'),
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signStandardWebhook({ secret: post.secret ?? SECRET, id, timestampS, body }),
  };
}

/** A sale of one milk at 1.19 EUR, paid in cash, in the wire format. */
export function wireSale(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'T1-0001',
    kind: 'transaction',
    storeId: 'berlin-1',
    tillId: 'T1',
    operatorId: 'op-7',
    sequenceNumber: 1,
    occurredAt: '2026-03-02T12:59:30+01:00',
    transactionId: 'B1-T1-0001',
    receiptNumber: '0001',
    status: 'completed',
    currency: 'EUR',
    taxIncluded: true,
    lines: [
      {
        lineNumber: 1,
        type: 'sale',
        productCode: '4006381333931',
        description: 'Milk 1 l',
        quantityMilli: 1000,
        unit: 'each',
        regularUnitPriceMinor: 119,
        actualUnitPriceMinor: 119,
        extendedAmountMinor: 119,
        taxes: [{ code: 'reduced', rateBasisPoints: 700, taxableMinor: 111, amountMinor: 8 }],
      },
    ],
    tenders: [{ type: 'cash', amountMinor: 200, changeMinor: 81 }],
    totals: { netMinor: 111, taxMinor: 8, grossMinor: 119 },
    ...overrides,
  };
}
