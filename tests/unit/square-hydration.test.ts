import fc from 'fast-check';
import { parseHydrateMessage } from '../../shared/azure/hydrate-queue.ts';
import { TransientError } from '../../shared/errors.ts';
import { transactionIssues } from '../../shared/pos/transaction-checks.ts';
import { squareHydration } from '../../shared/pos/sources/square/hydrate.ts';
import { mapSquareOrder, readSquareOrder } from '../../shared/pos/sources/square/order.ts';
import { signSquareWebhook } from '../../shared/pos/sources/square/signature.ts';
import {
  VENDOR_NOT_FOUND,
  type HydrateContext,
  type HydrateRequest,
  type VendorApi,
} from '../../shared/pos/sources/source.ts';
import { fieldFile } from '../support/field.ts';
import { CATALOG, NOW_MS, SQUARE_KEY, webhookFixture } from '../support/webhook-fixture.ts';

const context: HydrateContext = {
  catalog: CATALOG,
  pseudonymise: (kind, id) => `${kind}:${id.length}`,
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  nowMs: NOW_MS,
};
const request = (id: string, object = 'order'): HydrateRequest => ({
  source: 'square',
  object,
  id,
  version: 0,
  receivedAt: context.receivedAt,
  traceparent: context.traceparent,
});

/** Square, as far as it was told; it knows nothing else. */
function square(known: Readonly<Record<string, unknown>>): VendorApi & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    get(path) {
      asked.push(path);
      const answer = known[path];
      if (answer instanceof Error) return Promise.reject(answer);
      return answer === undefined
        ? Promise.reject(new TransientError(VENDOR_NOT_FOUND, 'square does not know it (yet)'))
        : Promise.resolve(answer);
    },
  };
}

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const refundOrder = {
  id: 'REFUND1',
  location_id: 'LSQ1',
  state: 'COMPLETED',
  version: 2,
  closed_at: '2026-03-02T11:00:00Z',
  updated_at: '2026-03-02T11:00:00Z',
  returns: [
    {
      source_order_id: 'SALE1',
      return_line_items: [
        { name: 'Coffee', quantity: '1', base_price_money: eur(420), total_money: eur(420) },
      ],
    },
  ],
  refunds: [{ tender_id: 'T1', transaction_id: 'SALE1', amount_money: eur(420), status: 'APPROVED' }],
  total_money: eur(0),
};
const saleWith = (tenders: readonly unknown[]) => ({
  order: { id: 'SALE1', location_id: 'LSQ1', state: 'COMPLETED', tenders },
});

async function tendersOf(api: VendorApi) {
  const { events } = await squareHydration.hydrate(request('REFUND1'), api, context);
  const [event] = events;
  if (event?.kind !== 'transaction') throw new Error('no transaction');
  return event;
}

describe('7.12 refunds get the tender of the payment that they pay back', () => {
  test('C17 the refund of the field is paid back in cash, as its sale was paid', async () => {
    const [sale, refund] = [fieldFile('s-cop-sale.json'), fieldFile('s-cop-refund.json')];
    if (!sale || !refund) return;
    const api = square({
      '/v2/orders/SQCOPREF': JSON.parse(refund) as unknown,
      '/v2/orders/SQCOPSALE': JSON.parse(sale) as unknown,
    });
    const { events, warnings } = await squareHydration.hydrate(request('SQCOPREF'), api, context);
    const paid = JSON.parse(sale) as { order: { tenders: Array<{ type: string }> } };
    expect(paid.order.tenders[0]?.type).toBe('CASH');
    expect(events).toMatchObject([{ tenders: [{ type: 'cash', amountMinor: -1_000_000 }] }]);
    expect(warnings.map(({ code }) => code)).not.toContain('refund-tender-unknown');
  });

  test('the order that was paid tells it; the payment where the order does not', async () => {
    const byOrder = square({
      '/v2/orders/REFUND1': { order: refundOrder },
      '/v2/orders/SALE1': saleWith([
        { id: 'T0', type: 'CARD' },
        { id: 'T1', type: 'CASH' },
      ]),
    });
    expect(await tendersOf(byOrder)).toMatchObject({ tenders: [{ type: 'cash', amountMinor: -420 }] });
    const byPayment = square({
      '/v2/orders/REFUND1': { order: refundOrder },
      '/v2/payments/T1': { payment: { id: 'T1', source_type: 'WALLET' } },
    });
    expect(await tendersOf(byPayment)).toMatchObject({ tenders: [{ type: 'mobile' }] });
    expect(byPayment.asked).toEqual(['/v2/orders/REFUND1', '/v2/orders/SALE1', '/v2/payments/T1']);
  });

  test('a sale that was split is paid back tender by tender, with one lookup', async () => {
    const api = square({
      '/v2/orders/REFUND1': {
        order: {
          ...refundOrder,
          refunds: [
            { tender_id: 'T1', transaction_id: 'SALE1', amount_money: eur(100) },
            { tender_id: 'T2', transaction_id: 'SALE1', amount_money: eur(320) },
          ],
        },
      },
      '/v2/orders/SALE1': saleWith([
        { id: 'T1', type: 'SQUARE_GIFT_CARD' },
        { id: 'T2', type: 'CARD' },
      ]),
    });
    const event = await tendersOf(api);
    expect(event.tenders).toMatchObject([
      { type: 'giftCard', amountMinor: -100 },
      { type: 'card', amountMinor: -320 },
    ]);
    expect(transactionIssues(event)).toEqual([]);
    expect(api.asked).toHaveLength(2);
  });

  test('what Square does not tell is said, and the money is in the books all the same', async () => {
    const event = await tendersOf(square({ '/v2/orders/REFUND1': { order: refundOrder } }));
    expect(event).toMatchObject({ tenders: [{ type: 'other', amountMinor: -420 }] });
    expect(event.quality).toEqual(expect.arrayContaining(['refund-tender-unknown', 'unknown-tender']));
  });

  test('a Square that is away is asked again, not taken for one that does not know', async () => {
    const api = square({
      '/v2/orders/REFUND1': { order: refundOrder },
      '/v2/orders/SALE1': new TransientError('vendor-unavailable', 'square answered 503'),
    });
    await expect(squareHydration.hydrate(request('REFUND1'), api, context)).rejects.toMatchObject({
      code: 'vendor-unavailable',
    });
  });

  test('a refund that names hundreds of tenders makes a bounded number of calls', async () => {
    const refunds = Array.from({ length: 500 }, (_, index) => ({
      tender_id: `X${index}`,
      transaction_id: `O${index}`,
      amount_money: eur(1),
    }));
    const api = square({
      '/v2/orders/REFUND1': { order: { ...refundOrder, refunds: refunds.slice(0, 90) } },
    });
    const event = await tendersOf(api);
    expect(api.asked.length).toBeLessThanOrEqual(21);
    expect(event.tenders).toHaveLength(90);
    expect(event.quality).toContain('refund-tender-unknown');
  });
});

describe('names that every object inherits', () => {
  test.each(['constructor', 'toString', '__proto__'])('%s is an unknown tender, unit and state', (name) => {
    const order = {
      ...refundOrder,
      state: 'COMPLETED',
      returns: [],
      line_items: [
        {
          quantity: '1',
          quantity_unit: { measurement_unit: { weight_unit: name } },
          base_price_money: eur(420),
          total_money: eur(420),
        },
      ],
      tenders: [{ type: name, amount_money: eur(420) }],
    };
    expect(mapSquareOrder(readSquareOrder({ order }, context), context)).toMatchObject({
      outcome: 'event',
      event: {
        tenders: [{ type: 'other' }],
        lines: [{ unit: 'each' }],
        quality: expect.arrayContaining(['unknown-tender']) as unknown,
      },
    });
    const open = mapSquareOrder(readSquareOrder({ order: { ...order, state: name } }, context), context);
    expect(open.outcome).toBe('ignored');
  });
});

describe('orders that Square completes piece by piece', () => {
  const whole = {
    ...refundOrder,
    returns: [],
    refunds: [],
    line_items: [{ quantity: '1', base_price_money: eur(420), total_money: eur(420) }],
    tenders: [{ id: 'T', type: 'CARD', amount_money: eur(420), created_at: '2026-03-02T11:59:00Z' }],
    total_money: eur(420),
    updated_at: '2026-03-02T11:59:00Z',
  };
  const later = { ...context, nowMs: NOW_MS + 3_600_000 };
  const ask = (order: object, at = context) =>
    squareHydration.hydrate(request('O'), square({ '/v2/orders/O': { order: { ...whole, ...order } } }), at);

  test('amounts or tenders that are missing are waited for, and never read as zero', async () => {
    const withoutAmount = { line_items: [{ quantity: '1', base_price_money: eur(420) }] };
    await expect(ask(withoutAmount)).rejects.toMatchObject({ code: VENDOR_NOT_FOUND });
    await expect(ask(withoutAmount, later)).rejects.toMatchObject({ code: 'schema' });
    await expect(ask({ tenders: undefined })).rejects.toMatchObject({ code: VENDOR_NOT_FOUND });
    // Tenders that never come: the sale counts, and does not balance, which is said.
    const { warnings } = await ask({ tenders: undefined }, later);
    expect(warnings.map(({ code }) => code)).toContain('under-payment');
    expect((await ask({})).events).toHaveLength(1);
  });
});

describe('C21 a payment without an order', () => {
  const payment = {
    id: 'PAY1',
    status: 'COMPLETED',
    location_id: 'LSQ1',
    source_type: 'CARD',
    created_at: '2026-03-02T11:00:00.000Z',
    updated_at: '2026-03-02T11:00:01.250Z',
    amount_money: eur(500),
    tip_money: eur(50),
    total_money: eur(550),
  };
  const ask = (found: object, nowMs = NOW_MS) =>
    squareHydration.hydrate(
      request('PAY1', 'payment'),
      square({ '/v2/payments/PAY1': { payment: { ...payment, ...found } } }),
      { ...context, nowMs },
    );

  test('becomes a sale of an unnamed item with its money and its tip, and says so', async () => {
    const { events } = await ask({});
    const [event] = events;
    if (event?.kind !== 'transaction') throw new Error('no transaction');
    expect(event).toMatchObject({
      transactionId: 'PAY1',
      storeId: 'berlin-1',
      totals: { grossMinor: 500, tipMinor: 50 },
      tenders: [{ type: 'card', amountMinor: 550 }],
      lines: [{ productCode: 'PAYMENT_WITHOUT_ORDER' }],
      quality: ['payment-without-order', 'unknown-product'],
    });
    expect(transactionIssues(event)).toEqual([]);
  });

  test('leads to its order where it has one by now', async () => {
    const { hydrate, events } = await ask({ order_id: 'ORDER9' });
    expect(events).toEqual([]);
    expect(hydrate).toMatchObject([{ object: 'order', id: 'ORDER9' }]);
  });

  test('is asked for again while its order may still come', async () => {
    await expect(ask({}, Date.parse(payment.updated_at) + 60_000)).rejects.toMatchObject({
      code: VENDOR_NOT_FOUND,
    });
  });

  test.each(['APPROVED', 'PENDING', 'CANCELED', 'FAILED'])('%s is no money yet', async (status) => {
    const { events, ignored } = await ask({ status });
    expect(events).toEqual([]);
    expect(ignored).toHaveLength(1);
  });
});

describe('a refund without an order is money in doubt', () => {
  const url = 'https://till.example/webhooks/square';
  const refund = {
    id: 'R1',
    status: 'COMPLETED',
    location_id: 'LSQ1',
    created_at: '2026-03-02T11:05:00Z',
    amount_money: eur(420),
    payment_id: 'P1',
    reason: 'Erika wanted another one',
  };
  const send = async (till: ReturnType<typeof webhookFixture>, more: object, eventId = 'E1') => {
    const notice = { type: 'refund.updated', event_id: eventId };
    const body = JSON.stringify({
      ...notice,
      data: { id: 'R1', object: { refund: { ...refund, ...more } } },
    });
    const headers = { 'x-square-hmacsha256-signature': signSquareWebhook(SQUARE_KEY, url, body) };
    expect(await till.post(body, { source: 'square', headers })).toMatchObject({ status: 200 });
  };

  test('its dead letter says how much, where and when, and nothing of a person', async () => {
    const till = webhookFixture();
    await send(till, {});
    const [letter] = till.letters;
    expect(letter).toMatchObject({ code: 'refund-without-order', eventId: 'square:E1' });
    expect(letter?.message).toMatch(
      /refund of 4\.20 EUR at location LSQ1, made at 2026-03-02T11:05:00\.000Z/,
    );
    expect(JSON.stringify(letter)).not.toMatch(/erika/i);
    // Square tells of one refund several times.
    till.clock.nowMs += 60_000;
    await send(till, {}, 'E2');
    expect(new Set(till.letters.map(({ deadLetterId }) => deadLetterId)).size).toBe(1);
  });

  test.each([
    [{ amount_money: { amount: '4.20' } }, 'an unknown amount at location LSQ1'],
    [{ location_id: 7, created_at: 'soon' }, '4.20 EUR at an unknown location, made at an unknown time'],
    [{ amount_money: { amount: 420, currency: 'JPY' } }, '420 JPY'],
  ])('what cannot be read costs no other part: %j', async (more, text) => {
    const till = webhookFixture();
    await send(till, more);
    expect(till.letters[0]?.message).toContain(text);
  });

  test('replayed, it asks Square for the refund, and goes on to the order once there is one', async () => {
    const till = webhookFixture();
    await send(till, {});
    expect(till.letters[0]?.replay).toEqual({ to: 'queue', queue: 'hydrate' });
    const { request: asked } = parseHydrateMessage(till.letters[0]?.payload ?? '');
    expect(asked).toMatchObject({ object: 'refund', id: 'R1' });
    const hydrate = (more: object) =>
      squareHydration.hydrate(
        asked,
        square({ '/v2/refunds/R1': { refund: { ...refund, ...more } } }),
        context,
      );
    await expect(hydrate({})).rejects.toMatchObject({
      code: 'refund-without-order',
      message: expect.stringContaining('4.20 EUR') as unknown,
    });
    expect((await hydrate({ order_id: 'REFUND1' })).hydrate).toMatchObject([
      { object: 'order', id: 'REFUND1' },
    ]);
    expect((await hydrate({ status: 'FAILED' })).ignored).toHaveLength(1);
  });

  test('one that failed took no money', async () => {
    const till = webhookFixture();
    await send(till, { status: 'REJECTED' });
    expect(till.letters).toEqual([]);
  });
});

describe('an id of Square that looks like a card number', () => {
  const LIKE_A_CARD = '4111111111111111';
  const url = 'https://till.example/webhooks/square';

  test('is asked for as Square gave it, and published as its pseudonym', async () => {
    const till = webhookFixture();
    const body = JSON.stringify({
      type: 'order.updated',
      event_id: 'E1',
      data: { id: 'X', object: { order_updated: { order_id: LIKE_A_CARD } } },
    });
    const headers = { 'x-square-hmacsha256-signature': signSquareWebhook(SQUARE_KEY, url, body) };
    await till.post(body, { source: 'square', headers });
    const [asked] = till.hydrations;
    if (!asked) throw new Error('nothing is asked for');
    const api = square({
      [`/v2/orders/${LIKE_A_CARD}`]: {
        order: {
          ...refundOrder,
          id: LIKE_A_CARD,
          returns: [{ ...refundOrder.returns[0], source_order_id: LIKE_A_CARD }],
        },
      },
    });
    const keyed = { ...context, pseudonymise: () => 'abcdefghijklmnop' };
    const { events } = await squareHydration.hydrate(asked, api, keyed);
    expect(events).toMatchObject([{ transactionId: 'card-abcdefghijk' }]);
    expect(JSON.stringify([events, till.logLines])).not.toContain(LIKE_A_CARD);
  });

  test('so is the order that a payment names, and the payment and order that a refund names', async () => {
    const keyed = { ...context, pseudonymise: (_kind: string, id: string) => `${id.length}abcdefghijklmnop` };
    const payment = { id: 'P', status: 'COMPLETED', order_id: LIKE_A_CARD };
    const read = await squareHydration.hydrate(
      request('P', 'payment'),
      square({ '/v2/payments/P': { payment } }),
      keyed,
    );
    expect(read.hydrate).toMatchObject([{ object: 'order', id: LIKE_A_CARD }]);
    const refunds = [
      { tender_id: LIKE_A_CARD, transaction_id: '5555555555554444444', amount_money: eur(420) },
    ];
    const api = square({ '/v2/orders/REFUND1': { order: { ...refundOrder, refunds } } });
    await squareHydration.hydrate(request('REFUND1'), api, keyed);
    expect(api.asked).toContain(`/v2/payments/${LIKE_A_CARD}`);
  });
});

describe('7.9 states of an order within one second', () => {
  const order = (updatedAt: string) => ({
    order: {
      id: 'O1',
      location_id: 'LSQ1',
      state: 'COMPLETED',
      created_at: updatedAt,
      updated_at: updatedAt,
    },
  });
  const idOf = (updatedAt: string) => {
    const mapped = mapSquareOrder(readSquareOrder(order(updatedAt), context), context);
    return mapped.outcome === 'event' ? [mapped.event.eventId, mapped.event.version] : [];
  };

  test('distinct states are distinct and in order, repeats are equal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
        fc.integer({ min: 1, max: 2_000 }),
        (ms, laterMs) => {
          const [one, other] = [new Date(ms).toISOString(), new Date(ms + laterMs).toISOString()];
          expect(idOf(one)).toEqual(idOf(one));
          expect(idOf(one)[0]).not.toBe(idOf(other)[0]);
          expect(Number(idOf(other)[1])).toBeGreaterThan(Number(idOf(one)[1]));
        },
      ),
    );
  });
});

describe('what a signed Square body may hold', () => {
  const url = 'https://till.example/webhooks/square';
  const post = (till: ReturnType<typeof webhookFixture>, body: string) =>
    till.post(body, {
      source: 'square',
      headers: { 'x-square-hmacsha256-signature': signSquareWebhook(SQUARE_KEY, url, body) },
    });
  const counts = (list: readonly unknown[]) =>
    JSON.stringify({
      type: 'inventory.count.updated',
      event_id: 'E1',
      created_at: '2026-03-02T11:05:00Z',
      data: { id: 'X', object: { inventory_counts: list } },
    });
  const count = (location: string, quantity = '1') => ({
    catalog_object_id: '4012345678901',
    state: 'IN_STOCK',
    location_id: location,
    quantity,
  });

  test('7.1 half of a surrogate pair costs its own location alone, and is a dead letter', async () => {
    const till = webhookFixture();
    const body = counts([count('LONE\ud800'), count('LSQ1'), count('L/2'), count('L3', 'many')]);
    expect(await post(till, body)).toMatchObject({ status: 200 });
    expect(till.events()).toMatchObject([{ storeId: 'berlin-1' }]);
    expect(till.letters).toMatchObject([
      { code: 'schema', replay: { to: 'webhook', source: 'square' } },
      { code: 'schema' },
      { code: 'schema' },
    ]);
    expect(JSON.parse(till.logLines[0] ?? '')).toMatchObject({ received: 4, published: 1, deadLetters: 3 });
  });

  test.each([
    ['order.updated', { order_updated: { order_id: 'LONE\ud800' } }],
    ['payment.updated', { payment: { id: 'P', order_id: '\udc00' } }],
    ['refund.updated', { refund: { order_id: '\udc00' } }],
    ['order.updated', { order_updated: { order_id: 7 } }],
    ['refund.updated', { refund: { id: 'R' } }],
  ])('an id of %s that cannot be asked for is a dead letter', async (type, object) => {
    const till = webhookFixture();
    const body = JSON.stringify({ type, event_id: 'E1', data: { id: 'X', object } });
    expect(await post(till, body)).toMatchObject({ status: 200 });
    expect(till.hydrations).toEqual([]);
    expect(till.letters).toHaveLength(1);
  });

  test('7.4 a body that names thousands of locations is one dead letter with all of them, not thousands of sends', async () => {
    const till = webhookFixture();
    const body = counts(Array.from({ length: 7_000 }, (_, index) => count(`L${index}`)));
    expect(await post(till, body)).toMatchObject({ status: 200 });
    expect(till.hub).toEqual([]);
    expect(till.letters).toMatchObject([{ code: 'too-many-events' }]);
    expect(till.letters[0]?.message).toMatch(/7000 stock counts; at most 500/);
    expect(till.letters[0]?.payload).toContain('L6999');
  });

  test('any JSON in the place of ids is answered, and everything received is accounted for', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 });
    const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.object({ maxDepth: 2 }));
    const type = fc.constantFrom(
      'order.created',
      'order.updated',
      'payment.updated',
      'refund.created',
      'inventory.count.updated',
      'x',
    );
    const object = fc.oneof(
      value,
      fc.record({ order_updated: fc.record({ order_id: value, version: value }) }),
      fc.record({ payment: fc.record({ id: value, order_id: value }) }, { requiredKeys: [] }),
      fc.record({
        inventory_counts: fc.array(
          fc.record({
            catalog_object_id: value,
            state: fc.constantFrom('IN_STOCK', 'SOLD'),
            location_id: value,
            quantity: fc.oneof(value, fc.constant('2.5')),
          }),
          { maxLength: 5 },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(type, text, object, async (kind, id, data) => {
        const till = webhookFixture();
        const body = JSON.stringify({ type: kind, event_id: id, data: { id: 'X', object: data } });
        const { status } = await post(till, body);
        expect([200, 422]).toContain(status);
        const line = JSON.parse(till.logLines[0] ?? '') as Record<string, number>;
        const {
          received = 0,
          published = 0,
          hydrating = 0,
          deadLetters = 0,
          ignored = 0,
          duplicates = 0,
        } = line;
        expect(received).toBe(published + hydrating + deadLetters + ignored + duplicates);
        // What goes on can be a key and part of an address.
        for (const event of till.events()) encodeURIComponent(event.storeId + event.eventId);
        for (const { id: asked } of till.hydrations) encodeURIComponent(asked);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what an order says that cannot be taken as it stands', () => {
  const order = (line: object) => ({
    order: {
      id: 'SALE2',
      location_id: 'LSQ1',
      state: 'COMPLETED',
      version: 1,
      closed_at: '2026-03-02T10:00:00Z',
      line_items: [
        { name: 'Coffee', quantity: '1', base_price_money: eur(420), total_money: eur(420), ...line },
      ],
      total_money: eur(420),
      tenders: [{ id: 'T2', type: 'CASH', amount_money: eur(420), created_at: '2026-03-02T11:59:00Z' }],
    },
  });
  const hydrated = (line: object) =>
    squareHydration.hydrate(request('SALE2'), square({ '/v2/orders/SALE2': order(line) }), context);

  test.each(['total_money', 'total_tax_money', 'base_price_money'])(
    '%s in another currency is no amount of the order',
    async (field) => {
      await expect(hydrated({ [field]: { amount: 100, currency: 'USD' } })).rejects.toMatchObject({
        code: 'schema',
        where: `/order/line_items/0/${field}`,
      });
      expect((await hydrated({})).events).toHaveLength(1);
    },
  );

  test('a quantity finer than a thousandth is rounded, and says so', async () => {
    const quality = async (quantity: string) => (await hydrated({ quantity })).events[0]?.quality;
    expect(await quality('0.12345')).toContain('amount-rounded');
    expect(await quality('0.12300')).not.toContain('amount-rounded');
  });
});
