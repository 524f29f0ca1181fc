import { randomBytes } from 'node:crypto';
import { circuitBreaker } from '../../functions/webhooks/circuit-breaker.ts';
import { jsonLogger } from '../../shared/log.ts';
import { durablePublisher } from '../../functions/webhooks/publisher.ts';
import { storeLanes } from '../../shared/azure/hub/store-lanes.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import { createReceive } from '../../functions/webhooks/receive.ts';
import { inFlight } from '../../functions/webhooks/in-flight.ts';
import { sampling } from '../../functions/webhooks/sampled-log.ts';
import { NO_SENDERS } from '../../shared/pos/senders.ts';
import { secretsOf } from '../support/secrets.ts';
import { orderWithoutWaiting } from '../support/spill.ts';
import { tokenBuckets } from '../../functions/webhooks/rate-limit.ts';
import { CATALOG, SECRET, signedHeaders } from '../support/webhook-fixture.ts';
import type { BenchRow } from './row.ts';
import { basketBody } from './webhook-basket.ts';
import { benchOnHost } from './webhook-on-host.ts';

/**
 * The webhook without its host and without the network: verify, parse, scrub, map, validate, envelope and the shared
 * send, against `JSON.parse` of the same bytes in the same run.
 */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const eventsPerBody of [1, 100]) {
    const body = basketBody(eventsPerBody, 'bench');
    const floor = await rate(eventsPerBody, () => {
      JSON.parse(body.toString('utf8'));
    });
    const receive = receiver();
    const headers = signedHeaders(body, {}, Date.now());
    const request = {
      source: 'tillstream',
      header: (name: string) => headers[name],
      body: () => Promise.resolve(body),
    };
    const log = jsonLogger(() => {});
    const concurrency = eventsPerBody === 1 ? 64 : 4;
    const received = await rate(eventsPerBody * concurrency, async () => {
      const answers = await Promise.all(Array.from({ length: concurrency }, () => receive(request, log)));
      if (answers.some(({ status }) => status !== 200)) throw new Error('The webhook refused the benchmark');
    });
    rows.push({
      name: `webhook path, ${eventsPerBody} event${eventsPerBody === 1 ? '' : 's'} a body`,
      value: Math.round(received),
      unit: 'events/s a core',
      ratio: received / floor,
      ratioOf: 'JSON.parse of the same bytes',
      note: `${Math.round(body.length / eventsPerBody)} bytes an event`,
    });
  }
  return [...rows, ...(await benchOnHost())];
}

const MEASURE_MS = 1_500;
const ROUNDS = 5;

/**
 * Events per second of processor time, the median of some rounds after one to warm up. Processor time, as the time on
 * the wall is shared with whatever else the machine does.
 */
async function rate(events: number, work: () => unknown): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const before = process.cpuUsage();
    let usedMs = 0;
    let done = 0;
    while (usedMs < MEASURE_MS / ROUNDS) {
      for (let repeat = 0; repeat < 20; repeat += 1) await work();
      done += 20 * events;
      const { user, system } = process.cpuUsage(before);
      usedMs = (user + system) / 1000;
    }
    if (round > 0) rates.push((done * 1000) / usedMs);
  }
  return rates.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
}

function receiver() {
  const never = () => Promise.reject(new Error('not used here'));
  const clock = Date.now;
  return createReceive({
    keySets: () => Promise.resolve(new Map()),
    sourceNamed,
    catalog: () => Promise.resolve(CATALOG),
    secrets: secretsOf({
      'pseudonym-key': ['key'],
      'pseudonym-key-operators': ['key'],
      'pseudonym-key-ids': ['key'],
      'webhook-tillstream': [SECRET],
    }),
    senders: () => Promise.resolve(NO_SENDERS),
    inFlight: inFlight({ requests: 400, bytes: 1e9 }),
    addressLimit: tokenBuckets({ perSecond: 1e9, burst: 1e9, clock }),
    sampling: sampling(clock),
    publisher: durablePublisher({
      lanes: storeLanes({ send: () => Promise.resolve([]) }, 1_200),
      order: orderWithoutWaiting(never, clock),
      breaker: circuitBreaker({ threshold: 3, openMs: 5_000, clock }),
    }),
    deadLetters: { bury: never },
    requestHydration: never,
    senderLimit: tokenBuckets({ perSecond: 1e9, burst: 1e9, clock }),
    publicUrl: 'https://till.example',
    clock,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  });
}
