import { describeGolden } from '../support/golden-source.ts';
import { squareSource } from '../../shared/pos/sources/square/source.ts';
import { TransientError } from '../../shared/errors.ts';
import { transactionIssues } from '../../shared/pos/transaction-checks.ts';
import { mapSquareOrder, readSquareOrder } from '../../shared/pos/sources/square/order.ts';
import { signSquareWebhook } from '../../shared/pos/sources/square/signature.ts';
import { parseHydrateMessage } from '../../shared/azure/hydrate-queue.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { HydrateRequest, ReadContext } from '../../shared/pos/sources/source.ts';
import { squareHydration } from '../../shared/pos/sources/square/hydrate.ts';
import { createHydrate } from '../../functions/webhooks/hydrate.ts';
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { vendorTokens } from '../../functions/webhooks/vendor-token.ts';
import { NO_SENDERS } from '../../shared/pos/senders.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import { PSEUDONYM_KEYS, secretsOf } from '../support/secrets.ts';
import { CATALOG, NOW_MS, SQUARE_KEY, webhookFixture } from '../support/webhook-fixture.ts';
import { tokenParts } from '../support/token-parts.ts';

describeGolden(squareSource);

const context: ReadContext = {
  catalog: CATALOG,
  pseudonymise: (kind, id) => `${kind}:${id.split('').reverse().join('')}`,
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const eur = (amount: number) => ({ amount, currency: 'EUR' });

/** Two coffees at 3.50 with 10 % off and 20 % tax on top, a weighed item, a service charge, a tip; card and cash. */
const sale = {
  id: 'ORDER1',
  location_id: 'LSQ1',
  state: 'COMPLETED',
  version: 4,
  created_at: '2026-03-02T11:00:00Z',
  updated_at: '2026-03-02T11:05:00Z',
  closed_at: '2026-03-02T11:04:00Z',
  customer_id: 'CUST-Erika',
  ticket_name: 'Erika Mustermann',
  fulfillments: [{ pickup_details: { recipient: { display_name: 'Erika Mustermann' } } }],
  line_items: [
    {
      uid: 'l1',
      name: 'Coffee',
      variation_name: 'Large',
      quantity: '2',
      item_type: 'ITEM',
      catalog_object_id: '4012345678901',
      base_price_money: eur(350),
      applied_taxes: [{ uid: 'at', tax_uid: 't1', applied_money: eur(126) }],
      applied_discounts: [{ uid: 'ad', discount_uid: 'd1', applied_money: eur(70) }],
      total_tax_money: eur(126),
      total_discount_money: eur(70),
      total_money: eur(756),
    },
    {
      uid: 'l2',
      name: 'Broccoli',
      quantity: '0.65432',
      quantity_unit: { measurement_unit: { weight_unit: 'METRIC_KILOGRAM' }, precision: 5 },
      base_price_money: eur(1000),
      total_tax_money: eur(0),
      total_money: eur(654),
    },
  ],
  taxes: [{ uid: 't1', catalog_object_id: 'TAX20', name: 'VAT', type: 'ADDITIVE', percentage: '20.0' }],
  discounts: [{ uid: 'd1', name: 'Happy hour', pricing_rule_id: 'PR1' }],
  service_charges: [{ uid: 's1', name: 'Service', total_money: eur(100), total_tax_money: eur(0) }],
  total_money: eur(1710),
  total_tip_money: eur(200),
  tenders: [
    {
      id: 'p1',
      type: 'CARD',
      amount_money: eur(1200),
      tip_money: eur(200),
      card_details: { card: { last_4: '1111' } },
    },
    {
      id: 'p2',
      type: 'CASH',
      amount_money: eur(510),
      cash_details: { buyer_tendered_money: eur(1000), change_back_money: eur(490) },
    },
  ],
};

const read = (order: Record<string, unknown>) => mapSquareOrder(readSquareOrder({ order }, context), context);

function mapped(order: Record<string, unknown>) {
  const result = read(order);
  if (result.outcome !== 'event' || result.event.kind !== 'transaction') throw new Error('no transaction');
  return result.event;
}

describe('Square orders', () => {
  test('a sale keeps its money, discounts, taxes, tip and tenders, and adds up', () => {
    const event = mapped(sale);
    expect(event).toMatchObject({
      eventId: 'square:ORDER1:4',
      version: 4,
      transactionId: 'ORDER1',
      storeId: 'berlin-1',
      occurredAt: '2026-03-02T11:04:00.000Z',
      businessDate: '2026-03-02',
      currency: 'EUR',
      taxIncluded: false,
      totals: { netMinor: 1384, taxMinor: 126, grossMinor: 1510, tipMinor: 200 },
      lines: [
        {
          productId: 'milk',
          quantityMilli: 2000,
          extendedAmountMinor: 630,
          discounts: [{ amountMinor: 70, reason: 'Happy hour', manual: false }],
          taxes: [{ code: 'TAX20', rateBasisPoints: 2000, amountMinor: 126, taxableMinor: 630 }],
        },
        { quantityMilli: 654, unit: 'kg', extendedAmountMinor: 654 },
        { type: 'fee', extendedAmountMinor: 100 },
      ],
      tenders: [
        { type: 'card', amountMinor: 1200 },
        { type: 'cash', amountMinor: 1000, changeMinor: 490 },
      ],
      quality: ['amount-rounded', 'unknown-product'],
    });
    expect(transactionIssues(event)).toEqual([]);
  });

  test('P6 no card data, no names: nothing of the customer is in the event but a pseudonym', () => {
    const text = JSON.stringify(mapped(sale));
    expect(text).not.toMatch(/Mustermann|Erika(?!")|CUST-Erika/);
    expect(mapped(sale).customerRef).toBe('customer:akirE-TSUC');
  });

  test('a return counts down and names its sale', () => {
    const event = mapped({
      id: 'ORDER2',
      location_id: 'LSQ1',
      state: 'COMPLETED',
      version: 2,
      closed_at: '2026-03-02T13:00:00Z',
      updated_at: '2026-03-02T13:00:00Z',
      returns: [
        {
          source_order_id: 'ORDER1',
          return_line_items: [
            {
              ...sale.line_items[0],
              quantity: '1',
              applied_discounts: [],
              total_tax_money: eur(70),
              applied_taxes: [{ tax_uid: 't1', applied_money: eur(70) }],
              total_money: eur(420),
            },
          ],
          return_taxes: sale.taxes,
        },
      ],
      refunds: [{ tender_id: 'p1', amount_money: eur(420), status: 'APPROVED' }],
      tenders: [{ id: 'p1', type: 'CARD', amount_money: eur(0) }],
      total_money: eur(0),
    });
    expect(event).toMatchObject({
      returnOf: { transactionId: 'ORDER1' },
      lines: [
        { type: 'return', quantityMilli: -1000, extendedAmountMinor: -350, taxes: [{ amountMinor: -70 }] },
      ],
      totals: { netMinor: -350, taxMinor: -70, grossMinor: -420 },
    });
    expect(event.tenders.at(-1)).toMatchObject({ type: 'card', amountMinor: -420 });
    expect(transactionIssues(event)).toEqual([]);
  });

  test('tax-inclusive prices stay inclusive', () => {
    const event = mapped({
      ...sale,
      taxes: [{ ...sale.taxes[0], type: 'INCLUSIVE' }],
      line_items: [
        {
          ...sale.line_items[0],
          applied_discounts: [],
          total_money: eur(700),
          total_tax_money: eur(117),
          applied_taxes: [{ tax_uid: 't1', applied_money: eur(117) }],
        },
      ],
      service_charges: [],
      total_tip_money: eur(0),
      tenders: [{ id: 'p1', type: 'CARD', amount_money: eur(700) }],
    });
    expect(event).toMatchObject({
      taxIncluded: true,
      totals: { netMinor: 583, taxMinor: 117, grossMinor: 700 },
    });
    expect(transactionIssues(event)).toEqual([]);
  });

  test('an order made at the till has no version: its last change stands in', () => {
    const { version: _version, ...order } = sale;
    expect(mapped(order).version).toBe(Date.parse(sale.updated_at));
    expect(mapped({ ...order, updated_at: '2026-03-02T11:05:01Z' }).version).toBe(
      Date.parse(sale.updated_at) + 1000,
    );
  });

  test('an open order is no transaction yet', () => {
    expect(read({ ...sale, state: 'OPEN' })).toEqual({
      outcome: 'ignored',
      reason: 'order-not-final',
    });
  });

  test('an order in another form is refused with its place', () => {
    const order = {
      ...sale,
      line_items: [{ ...sale.line_items[0], base_price_money: { amount: 1.5, currency: 'EUR' } }],
    };
    expect(() => readSquareOrder({ order }, context)).toThrow(
      expect.objectContaining({
        code: 'schema',
        where: '/order/line_items/0/base_price_money/amount',
      }) as Error,
    );
  });
});

describe('POST /webhooks/square', () => {
  const url = 'https://till.example/webhooks/square';
  const post = (till: ReturnType<typeof webhookFixture>, notification: unknown) => {
    const body = JSON.stringify(notification);
    const headers = { 'x-square-hmacsha256-signature': signSquareWebhook(SQUARE_KEY, url, body) };
    return till.post(body, { source: 'square', headers });
  };
  const notice = (type: string, object: unknown) => ({
    merchant_id: 'M1',
    type,
    event_id: 'E1',
    created_at: '2026-03-02T11:05:00Z',
    data: { type: 'x', id: 'ORDER1', object },
  });

  test.each([
    ['order.created', { order_created: { order_id: 'ORDER1', version: 1 } }, 1],
    ['order.updated', { order_updated: { order_id: 'ORDER1', version: 4, state: 'COMPLETED' } }, 4],
    [
      'payment.created',
      { payment: { id: 'P1', order_id: 'ORDER1', buyer_email_address: 'e@example.org' } },
      0,
    ],
    ['payment.updated', { payment: { id: 'P1', order_id: 'ORDER1' } }, 0],
  ])('%s asks for the order', async (type, object, version) => {
    const till = webhookFixture();
    expect(await post(till, notice(type, object))).toMatchObject({ status: 200 });
    expect(till.hydrations).toMatchObject([{ source: 'square', object: 'order', id: 'ORDER1', version }]);
    expect(JSON.parse(till.logLines[0] ?? '')).toMatchObject({ received: 1, hydrating: 1 });
  });

  test('a stock count becomes a stock event per location', async () => {
    const till = webhookFixture();
    const count = {
      catalog_object_id: '4012345678901',
      state: 'IN_STOCK',
      location_id: 'LSQ1',
      quantity: '12',
      calculated_at: '2026-03-02T11:00:00Z',
    };
    const counts = [count, { ...count, location_id: 'L2', quantity: '1.5' }, { ...count, state: 'SOLD' }];
    expect(await post(till, notice('inventory.count.updated', { inventory_counts: counts }))).toMatchObject({
      status: 200,
    });
    expect(till.events()).toMatchObject([
      {
        kind: 'stock',
        action: 'count',
        storeId: 'berlin-1',
        items: [{ productId: 'milk', quantityMilli: 12_000 }],
      },
      {
        storeId: 'L2',
        items: [{ quantityMilli: 1500 }],
        quality: ['unknown-store', 'business-date-assumed'],
      },
    ]);
  });

  test('a type that is not used is a dead letter without its object, and 2xx, as Square would only repeat it', async () => {
    const till = webhookFixture();
    const customer = { customer: { given_name: 'Erika', email_address: 'erika@example.org' } };
    expect(await post(till, notice('customer.created', customer))).toMatchObject({ status: 200 });
    expect(till.letters).toMatchObject([{ code: 'unsupported-event-type', where: '/type' }]);
    expect(JSON.stringify([till.letters, till.logLines])).not.toMatch(/erika/i);
  });

  test('a signature over another address is refused', async () => {
    const till = webhookFixture();
    const body = JSON.stringify(notice('order.created', {}));
    const headers = { 'x-square-hmacsha256-signature': signSquareWebhook(SQUARE_KEY, `${url}/`, body) };
    expect(await till.post(body, { source: 'square', headers })).toMatchObject({ status: 401 });
  });
});

describe('hydrate', () => {
  const request: HydrateRequest = {
    source: 'square',
    object: 'order',
    id: 'ORDER1',
    version: 4,
    receivedAt: '2026-03-02T12:00:00.000Z',
    traceparent: context.traceparent,
  };
  const message = (attempt = 0) => JSON.stringify({ attempt, ...request });
  /** So young that none of its payments can have been taken for one without an order. */
  const young = {
    ...sale,
    tenders: sale.tenders.map((tender) => ({ ...tender, created_at: '2026-03-02T11:59:00Z' })),
  };

  function fixture(answer: (url: string) => Response | Promise<Response>) {
    const clock = { nowMs: NOW_MS };
    const asked: Array<{ url: string; authorization: string | null }> = [];
    const published: PublishableEvent[] = [];
    const queued: Array<{ request: HydrateRequest; attempt: number; notFound: number; delayMs: number }> = [];
    const letters: DeadLetter[] = [];
    const hydrate = createHydrate({
      tokens: vendorTokens(tokenParts(() => NOW_MS)),
      sourceNamed,
      senders: () => Promise.resolve(NO_SENDERS),
      vendorApi: (source, hydration, token) =>
        vendorApi({
          source,
          access: hydration,
          token,
          apiUrl: 'https://square.example/',
          fetchFrom: async (url, init) => {
            asked.push({
              url: typeof url === 'string' ? url : '',
              authorization: new Headers(init?.headers).get('authorization'),
            });
            return answer(typeof url === 'string' ? url : '');
          },
        }),
      queue: {
        put(again, tries = { attempt: 0, notFound: 0 }, delayMs = 0) {
          queued.push({ request: again, ...tries, delayMs });
          return Promise.resolve();
        },
      },
      catalog: () => Promise.resolve(CATALOG),
      secrets: secretsOf({
        'square-access-token': ['secret square-access-token'],
        'square-access-token-merchant-b': ['token of b'],
        ...PSEUDONYM_KEYS,
      }),
      publisher: {
        publish(events) {
          published.push(...events);
          return Promise.resolve({ published: events.length, spilled: 0, tooLarge: [] });
        },
      },
      deadLetters: {
        bury(letter) {
          letters.push(letter);
          return Promise.resolve();
        },
      },
      clock: () => clock.nowMs,
    });
    const log = webhookFixture().log;
    return { clock, asked, published, queued, letters, run: (text: string) => hydrate(text, log) };
  }

  test('asks Square with the token and publishes the order', async () => {
    const { run, asked, published } = fixture(() => Response.json({ order: young }));
    await run(message());
    expect(asked).toEqual([
      { url: 'https://square.example/v2/orders/ORDER1', authorization: 'Bearer secret square-access-token' },
    ]);
    expect(published).toMatchObject([{ eventId: 'square:ORDER1:4', storeId: 'berlin-1' }]);
  });

  test('a payment that no order names is looked for among the orders of its time, with one search', async () => {
    const bodies: unknown[] = [];
    const api = vendorApi({
      source: 'square',
      access: squareHydration,
      token: 'x',
      apiUrl: undefined,
      fetchFrom: (url, init) => {
        if (init?.method !== 'POST') {
          const payment = {
            id: 'P9',
            status: 'COMPLETED',
            location_id: 'LSQ1',
            created_at: '2026-03-02T11:00:00Z',
            amount_money: eur(100),
          };
          return Promise.resolve(Response.json({ payment }));
        }
        if (typeof init.body !== 'string') throw new Error('a query is JSON');
        bodies.push([url, JSON.parse(init.body), new Headers(init.headers).get('content-type')]);
        const isFirst = bodies.length === 1;
        return Promise.resolve(
          Response.json(
            isFirst ? { cursor: 'next' } : { orders: [{ id: 'O1' }, { id: 'O9', tenders: [{ id: 'P9' }] }] },
          ),
        );
      },
    });
    const asked = { ...request, object: 'payment', id: 'P9' };
    const found = await squareHydration.hydrate(asked, api, { ...context, nowMs: NOW_MS });
    expect(found.events).toEqual([]);
    expect(found.hydrate).toMatchObject([{ object: 'order', id: 'O9', version: 0 }]);
    const address = 'https://connect.squareup.com/v2/orders/search';
    const closed_at = { start_at: '2026-03-02T10:50:00.000Z', end_at: '2026-03-02T11:25:00.000Z' };
    const query = {
      location_ids: ['LSQ1'],
      query: { filter: { date_time_filter: { closed_at } }, sort: { sort_field: 'CLOSED_AT' } },
    };
    expect(bodies).toMatchObject([
      [address, query, 'application/json'],
      [address, { ...query, cursor: 'next' }, 'application/json'],
    ]);
  });

  test.each([
    ['throttled', () => new Response('', { status: 429, headers: { 'retry-after': '120' } }), 120_000],
    ['down', () => new Response('', { status: 503 }), 5_000],
    ['out of reach', () => Promise.reject(new TypeError('fetch failed')), 5_000],
    ['refusing the token', () => new Response('', { status: 401 }), 5_000],
  ])('Square is %s: it is asked again later', async (_name, answer, delayMs) => {
    const { run, queued, published, letters } = fixture(answer);
    await run(message());
    expect(queued).toEqual([{ request, attempt: 1, notFound: 0, delayMs }]);
    expect([...published, ...letters]).toEqual([]);
  });

  test.each([
    ['does not know the order yet', () => new Response('', { status: 404 })],
    ['is behind its own notice', () => Response.json({ order: { ...sale, version: 3 } })],
  ])(
    'Square %s: it is asked again over its own ladder for a day, then it is a dead letter',
    async (_name, answer) => {
      const { run, letters, queued, published } = fixture(answer);
      let waitedMs = 0;
      let text = message();
      for (let tries = 0; letters.length === 0 && tries < 50; tries += 1) {
        await run(text);
        const again = queued.shift();
        if (!again) break;
        waitedMs += again.delayMs;
        text = JSON.stringify({ attempt: again.attempt, notFound: again.notFound, ...again.request });
      }
      expect(waitedMs).toBeGreaterThan(23 * 3_600_000);
      expect(published).toEqual([]);
      expect(letters).toMatchObject([
        { stage: 'hydrate', code: 'vendor-not-found', replay: { to: 'queue', queue: 'hydrate' } },
      ]);
      // Replayed, it has all its tries again.
      expect(parseHydrateMessage(letters[0]?.payload ?? '')).toEqual({
        request,
        tries: { attempt: 0, notFound: 0 },
      });
    },
  );

  test('C19 an order that is readable later ends as one effect, also where its dead letter is replayed', async () => {
    let isReadable = false;
    const { run, letters, queued, published } = fixture(() =>
      isReadable ? Response.json({ order: young }) : new Response('', { status: 404 }),
    );
    await run(message());
    expect(queued).toMatchObject([{ notFound: 1, delayMs: 15_000 }]);
    await run(JSON.stringify({ attempt: 0, notFound: 12, ...request }));
    expect(letters).toHaveLength(1);
    isReadable = true;
    await run(JSON.stringify({ attempt: 0, notFound: 1, ...request }));
    await run(letters[0]?.payload ?? '');
    expect(new Set(published.map(({ eventId }) => eventId))).toEqual(new Set(['square:ORDER1:4']));
  });

  test('outages do not use up the tries of an order that is not known yet', async () => {
    const { run, queued } = fixture(() => new Response('', { status: 404 }));
    await run(message(50));
    expect(queued).toMatchObject([{ attempt: 50, notFound: 1, delayMs: 15_000 }]);
  });

  test('after a day of attempts it is a dead letter', async () => {
    const { run, letters } = fixture(() => new Response('', { status: 503 }));
    await run(message(100));
    expect(letters).toMatchObject([{ code: 'retries-exhausted', dequeueCount: 101 }]);
  });

  test('a retry that cannot be queued is left to the host', async () => {
    const hydrate = createHydrate({
      tokens: vendorTokens(tokenParts(() => NOW_MS)),
      sourceNamed,
      senders: () => Promise.resolve(NO_SENDERS),
      vendorApi: () => ({
        get: () => Promise.reject(new TransientError('vendor-unavailable', 'down')),
        post: () => Promise.reject(new Error('not used here')),
      }),
      queue: { put: () => Promise.reject(new TransientError('azure-unavailable', 'down')) },
      catalog: () => Promise.resolve(CATALOG),
      secrets: secretsOf({ 'square-access-token': ['x'], ...PSEUDONYM_KEYS }),
      publisher: { publish: () => Promise.reject(new Error('not reached')) },
      deadLetters: { bury: () => Promise.reject(new Error('not reached')) },
      clock: () => NOW_MS,
    });
    await expect(hydrate(message(), webhookFixture().log)).rejects.toMatchObject({
      code: 'azure-unavailable',
    });
  });
});
