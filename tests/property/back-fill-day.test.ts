import fc from 'fast-check';
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { businessDate } from '../../shared/ids.ts';
import type { PosEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import type {
  HydrateContext,
  HydrateRequest,
  ListedObject,
  WebhookSource,
} from '../../shared/pos/sources/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { toInstant } from '../../shared/time.ts';
import { deliver, type FakeVendor } from '../support/vendors/fake-vendor.ts';
import { DAY, vendorDay, type VendorDay } from '../support/vendors/vendor-day.ts';
import { CATALOG, webhookFixture } from '../support/webhook-fixture.ts';

const pseudonymise = pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' });
const TRACES = {
  webhook: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  backFill: '00-00000000000000000000000000000001-0000000000000001-01',
};
const contextAt = (nowMs: number, traceparent: string): HydrateContext => ({
  catalog: CATALOG,
  pseudonymise,
  receivedAt: toInstant(nowMs),
  traceparent,
  nowMs,
});

function partsOf(day: VendorDay, vendor: FakeVendor) {
  const source = sourceNamed(day.source) as WebhookSource;
  const { hydration, list } = source;
  if (!hydration || !list) throw new Error('cannot be listed');
  const api = vendorApi({
    source: day.source,
    access: hydration,
    apiUrl: vendor.url,
    token: 'token',
    fetchFrom: fetch,
  });
  return { source, hydration, list, api };
}

/** Each change leads to its webhook, and that to what is asked for: all that reached the hub. */
async function byWebhook(day: VendorDay, vendor: FakeVendor): Promise<PosEvent[]> {
  const { source, hydration, api } = partsOf(day, vendor);
  const events: PosEvent[] = [];
  for (const { atMs, happen, webhook } of day.changes) {
    happen();
    const till = webhookFixture({ secrets: { [`webhook-${day.source}`]: ['secret'] } });
    till.clock.nowMs = atMs;
    const body = Buffer.from(JSON.stringify(webhook));
    const headers = source.sign({
      body,
      secret: 'secret',
      notificationUrl: `https://till.example/webhooks/${day.source}`,
      nowMs: atMs,
    });
    let tries = 0;
    const send = async (): Promise<number> => {
      tries += 1;
      // Every other webhook is lost at first, and comes by the vendor's ladder.
      if (tries === 1 && atMs % 120_000 === 0) return 503;
      return (await till.post(body, { source: day.source, unsigned: true, headers })).status;
    };
    expect(await deliver(send, [5_000], (ms) => (till.clock.nowMs += ms))).toBeLessThanOrEqual(2);
    const pending = [...till.hydrations];
    for (let request = pending.shift(); request; request = pending.shift()) {
      const result = await hydration.hydrate(request, api, contextAt(atMs, TRACES.webhook));
      events.push(...result.events);
      pending.push(...result.hydrate);
    }
  }
  return events;
}

/** What the list of the day leads to, where no webhook came at all. */
async function byBackFill(
  day: VendorDay,
  vendor: FakeVendor,
  nowMs: number,
): Promise<{ events: PosEvent[]; listed: ListedObject[] }> {
  const { hydration, list, api } = partsOf(day, vendor);
  const context = contextAt(nowMs, TRACES.backFill);
  const listed: ListedObject[] = [];
  let cursor: string | undefined;
  do {
    const page = await list.page(
      {
        ...DAY,
        businessDate: businessDate(DAY.businessDate),
        location: 'LSQ1',
        ...(cursor === undefined ? {} : { cursor }),
      },
      api,
      context,
    );
    listed.push(...page.objects);
    cursor = page.next;
  } while (cursor !== undefined);
  const events = new Map<string, PosEvent>();
  for (const { object, id, version } of listed) {
    const request: HydrateRequest = {
      source: day.source,
      object,
      id,
      version,
      receivedAt: context.receivedAt,
      traceparent: context.traceparent,
    };
    for (const event of (await hydration.hydrate(request, api, context)).events)
      events.set(event.eventId, event);
  }
  return { events: [...events.values()], listed };
}

/**
 * The differences between the two, each with its reason:
 * - `receivedAt` and `traceparent` say how and when it came to us, which is another way and another time;
 * - versions that a later one supersedes: a list holds the newest state alone, and the older ones have no effect beside it;
 * - `:has-order` of Square: a cancelled version of nothing, which makes sure that a payment is not counted beside its order.
 *   A webhook that comes at once needs none.
 */
function comparable(events: readonly PosEvent[]): Map<string, string> {
  const newest = new Map<string, TransactionEvent>();
  for (const event of events) {
    if (event.kind !== 'transaction' || event.eventId.endsWith(':has-order')) continue;
    const former = newest.get(event.transactionId);
    if (!former || former.version <= event.version) newest.set(event.transactionId, event);
  }
  return new Map(
    [...newest]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([id, event]) => [id, JSON.stringify({ ...event, receivedAt: '', traceparent: '' })]),
  );
}

test('the webhook path and the back-fill path of one day give byte-equal canonical events', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(vendorDay, fc.constantFrom(1, 3, 100), async (day, maxPage) => {
      const vendor = await day.start({ maxPage });
      try {
        const webhooks = comparable(await byWebhook(day, vendor));
        const { events, listed } = await byBackFill(day, vendor, DAY.toMs + 7_200_000);
        expect([...comparable(events)]).toEqual([...webhooks]);
        // What came by webhook proves that it came: nothing of it would be fetched again.
        const landed = new Map(
          [...webhooks].map(([id, text]) => [id, (JSON.parse(text) as TransactionEvent).version]),
        );
        for (const { transactions } of listed) {
          for (const { transactionId, version } of transactions) {
            if (landed.has(transactionId)) expect(landed.get(transactionId)).toBeGreaterThanOrEqual(version);
          }
        }
        // And everything that has an event is in the list.
        const named = new Set(
          listed.flatMap(({ transactions }) => transactions.map((one) => one.transactionId)),
        );
        for (const id of landed.keys()) expect(named).toContain(id.replace(/-R\d+$/, ''));
        compared += webhooks.size;
      } finally {
        await vendor.stop();
      }
    }),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(100);
});
