import { describeGolden } from '../support/golden-source.ts';
import fc from 'fast-check';
import type { PosEvent } from '../../shared/pos/event.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { cloverSource } from '../../shared/pos/sources/clover/source.ts';
import type { HydrateRequest } from '../../shared/pos/sources/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import {
  AT_MS,
  CASH,
  MERCHANT,
  TOKEN,
  cloverLine,
  cloverOrder,
  cloverPayment,
  startCloverServer,
  taxRate,
  tender,
  type CloverFixture,
  type Json,
} from '../support/clover-server.ts';
import { booksOf, hydrateAll, transactionsOf } from '../support/hydration-fixture.ts';
import type { VendorServer } from '../support/vendor-server.ts';
import { CATALOG, webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(cloverSource);

const DAY_MS = 86_400_000;
const AUTH = '0307e264-b33a-4913-88aa-37b10014a0b8';
const orders = new Map<string, CloverFixture>();
const cashEvents: Json[] = [];
let server: VendorServer;
beforeAll(async () => {
  server = await startCloverServer(orders, cashEvents);
});
afterAll(() => server.close());
beforeEach(() => {
  orders.clear();
  cashEvents.length = 0;
  server.calls.length = 0;
});

const catalogIn = (currency: string) =>
  indexCatalog(
    [
      storeSchema.parse({
        ...CATALOG.stores.values().next().value,
        currency,
        sourceLocations: { clover: [MERCHANT] },
      }),
    ],
    [...CATALOG.products.values()],
  );
const request = (object = 'order', id = 'ORDER1', version = AT_MS): HydrateRequest => ({
  source: 'clover',
  object,
  id: `${MERCHANT}/${id}`,
  version,
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});
const ask = (requests: HydrateRequest[] = [request()], currency = 'EUR') =>
  hydrateAll(cloverSource, requests, {
    apiUrl: server.url,
    catalog: catalogIn(currency),
    secrets: { [`clover-access-token-${MERCHANT.toLowerCase()}`]: [TOKEN] },
  });
async function read(fixture: CloverFixture, currency = 'EUR') {
  orders.set('ORDER1', fixture);
  const { events, letters, logLines } = await ask([request()], currency);
  expect(letters).toEqual([]);
  return { events: transactionsOf(events), log: logLines.join('\n') };
}
const ids = (events: readonly PosEvent[]) =>
  events.map((event) => (event.kind === 'transaction' ? event.transactionId : event.eventId));
const discounts = (...list: Json[]): Json => ({ elements: list });

describe('sales', () => {
  test('a sale: lines, modifications, tax on top, tender, till, operator; no person in it', async () => {
    const { events } = await read({
      order: cloverOrder(),
      lineItems: [
        cloverLine('L1', 1000, {
          itemCode: '4012345678901',
          modifications: { elements: [{ amount: 100 }, { amount: 100 }] },
        }),
        cloverLine('L2', 350, { unitQty: 2500, unitName: 'lb' }),
      ],
      payments: [cloverPayment('P1', 2243, 168, { taxRates: taxRate(2075, 168) })],
    });
    expect(events).toMatchObject([
      {
        eventId: `clover:ORDER1:${AT_MS + 1000}`,
        storeId: 'berlin-1',
        tillId: 'b7d2c1de-0000-4000-8000-000000000001',
        taxIncluded: false,
        lines: [
          { productId: 'milk', extendedAmountMinor: 1200, actualUnitPriceMinor: 1200 },
          { unit: 'lb', quantityMilli: 2500, extendedAmountMinor: 875 },
        ],
        tenders: [{ type: 'card', label: 'Credit Card', amountMinor: 2243 }],
        taxes: [{ code: 'Sales Tax', rateBasisPoints: 825, taxableMinor: 2075, amountMinor: 168 }],
      },
    ]);
    expect(events[0]?.operatorId).toMatch(/^op-/);
    expect(booksOf(events[0])).toEqual({ card: 2243, revenue: -2075, tax: -168 });
    expect(JSON.stringify(events)).not.toMatch(/erika|mustermann/i);
  });

  test('discounts of lines and of the order, as in the example of the documentation', async () => {
    // https://docs.clover.com/docs/calculating-order-totals: 14.00 - 1.00, 12.00 - 25 %; then 10 % and 1.00 off the order.
    const { events } = await read({
      order: cloverOrder(),
      discounts: [
        { name: 'Ten', percentageDecimal: 100_000, discount: { id: 'D' } },
        { name: 'Friend', amount: -100 },
      ],
      lineItems: [
        cloverLine('L1', 1400, { discounts: discounts({ name: 'Lunch deal', amount: -100 }) }),
        cloverLine('L2', 1200, { discounts: discounts({ name: 'Salads', percentage: 25 }) }),
      ],
      payments: [cloverPayment('P1', 1880, 0)],
    });
    expect(events[0]?.lines).toMatchObject([
      {
        extendedAmountMinor: 1111,
        discounts: [
          { amountMinor: 100, reason: 'Lunch deal', manual: true },
          { amountMinor: 130, reason: 'Ten', manual: false },
          { amountMinor: 59, reason: 'Friend', manual: true },
        ],
      },
      { extendedAmountMinor: 769 },
    ]);
    expect(events[0]?.quality).toEqual(['unknown-product']);
    expect(booksOf(events[0])).toEqual({ card: 1880, revenue: -1880 });
  });

  test('no discount takes off more than there is, and none is lost when it is spread', async () => {
    const price = fc.integer({ min: 0, max: 100_000 });
    const discount = fc.oneof(
      fc.record({ percentageDecimal: fc.integer({ min: 0, max: 1_200_000 }) }),
      fc.record({ amount: fc.integer({ min: -150_000, max: 0 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(price, fc.array(discount, { maxLength: 3 })), { minLength: 1, maxLength: 6 }),
        fc.array(discount, { maxLength: 3 }),
        async (items, onOrder) => {
          const { events } = await read({
            order: cloverOrder(),
            discounts: onOrder,
            lineItems: items.map(([cents, list], index) =>
              cloverLine(`L${index}`, cents, { discounts: discounts(...list) }),
            ),
            payments: [cloverPayment('P1', 0, 0)],
          });
          const lines = events[0]?.lines ?? [];
          for (const line of lines) {
            const off = (line.discounts ?? []).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
            expect(line.extendedAmountMinor).toBe(line.regularUnitPriceMinor - off);
            expect(line.extendedAmountMinor).toBeGreaterThanOrEqual(0);
          }
          const beforeOrder = items.map(([cents, list]) =>
            Math.max(0, cents - list.reduce((sum, one) => sum + offOf(one, cents), 0)),
          );
          const subtotal = beforeOrder.reduce((sum, cents) => sum + cents, 0);
          const off = Math.min(
            subtotal,
            onOrder.reduce((sum, one) => sum + offOf(one, subtotal), 0),
          );
          expect(lines.reduce((sum, line) => sum + line.extendedAmountMinor, 0)).toBe(subtotal - off);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('service charge, delivery and order fees are fees; payments say how much', async () => {
    const { events } = await read({
      order: cloverOrder({ serviceCharge: { name: 'Service', percentageDecimal: 180_000 } }),
      lineItems: [
        cloverLine('L1', 1000),
        cloverLine('F1', 0, { isOrderFee: true, price: null, percentage: 150_000, name: 'Bag' }),
      ],
      payments: [
        cloverPayment('P1', 1530, 0, {
          serviceCharge: { amount: 180 },
          additionalCharges: [{ type: 'DELIVERY_FEE', amount: 200 }],
        }),
      ],
    });
    expect(booksOf(events[0])).toEqual({ card: 1530, revenue: -1000, fees: -530 });
    expect(events[0]?.quality).toEqual(['unknown-product']);
  });

  test('a VAT merchant: prices hold the tax', async () => {
    const { events } = await read({
      order: cloverOrder({ isVat: true }),
      lineItems: [cloverLine('L1', 1190)],
      payments: [
        cloverPayment('P1', 1190, 190, { taxRates: taxRate(1190, 190, { rate: 1_900_000, isVat: true }) }),
      ],
    });
    expect(events[0]).toMatchObject({
      taxIncluded: true,
      taxes: [{ rateBasisPoints: 1900, taxableMinor: 1000, amountMinor: 190 }],
    });
    expect(booksOf(events[0])).toEqual({ card: 1190, revenue: -1000, tax: -190 });
  });

  test('cash with change, and a payment by check', async () => {
    const { events } = await read({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [
        cloverPayment('P1', 700, 0, { tender: CASH, cashTendered: 1000 }),
        cloverPayment('P2', 300, 0, { tender: tender('com.clover.tender.check') }),
      ],
    });
    expect(events[0]?.tenders).toMatchObject([
      { type: 'cash', amountMinor: 1000, changeMinor: 300 },
      { type: 'check', amountMinor: 300 },
    ]);
    expect(booksOf(events[0])).toEqual({ cash: 700, other: 300, revenue: -1000 });
  });

  test('split by gift card: the part that the card paid is no second revenue, a card sold is none at all', async () => {
    const { events } = await read({
      order: cloverOrder(),
      lineItems: [
        cloverLine('L1', 1000),
        cloverLine('G1', 2500, { isRevenue: false, name: 'Gift card', item: null }),
      ],
      payments: [
        cloverPayment('P1', 600, 0, { tender: tender('com.clover.tender.external_gift_card') }),
        cloverPayment('P2', 2900, 0),
      ],
    });
    expect(booksOf(events[0])).toEqual({ card: 2900, revenue: -1000, 'gift cards': -1900 });
  });

  test.each([
    ['on top of the amount', 1000],
    ['part of the amount', 3000],
  ])('cash back that is %s', async (_name, amount) => {
    const { events } = await read({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', amount, 0, { cashbackAmount: 2000 })],
    });
    expect(booksOf(events[0])).toEqual({ card: 3000, cash: -2000, revenue: -1000 });
    expect(events[0]?.quality).toEqual(['unknown-product']);
  });

  test('a tip after the close: the same sale with a later version', async () => {
    const fixture = (tipAmount: number, modifiedTime: number): CloverFixture => ({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', 1000, 0, { tipAmount, modifiedTime })],
    });
    const before = await read(fixture(0, AT_MS));
    const after = await read(fixture(200, AT_MS + 7_200_000));
    expect(ids(after.events)).toEqual(ids(before.events));
    expect(after.events[0]?.version).toBeGreaterThan(before.events[0]?.version ?? Infinity);
    expect(booksOf(after.events[0])).toEqual({ card: 1200, revenue: -1000, tips: -200 });
    expect(after.events[0]?.businessDate).toBe('2026-03-02');
  });

  test('what is not paid yet counts nowhere; what is paid in part has the rest on account until it comes', async () => {
    const open = await read({ order: cloverOrder({ paymentState: 'OPEN', state: 'open' }) });
    expect(open.events).toEqual([]);
    expect(open.log).toContain('order-not-paid');
    const line = cloverLine('L1', 1000);
    const first = cloverPayment('P1', 400, 30, { tender: CASH });
    const part = await read({
      order: cloverOrder({ paymentState: 'PARTIALLY_PAID', state: 'open', total: 1080 }),
      lineItems: [line],
      payments: [first],
    });
    expect(booksOf(part.events[0])).toEqual({ cash: 400, other: 680, revenue: -1000, tax: -80 });
    const later = await read({
      order: cloverOrder({ modifiedTime: AT_MS + DAY_MS, total: 1080 }),
      lineItems: [line],
      payments: [
        first,
        cloverPayment('P2', 680, 50, { createdTime: AT_MS + DAY_MS, clientCreatedTime: AT_MS + DAY_MS }),
      ],
    });
    expect(later.events.map((event) => [event.transactionId, event.businessDate, booksOf(event)])).toEqual([
      ['ORDER1', '2026-03-02', { cash: 400, other: 680, revenue: -1000, tax: -80 }],
      ['ORDER1-PP2', '2026-03-03', { card: 680, other: -680 }],
    ]);
  });

  test('an offline payment happened when it was taken; while it is tried it is no money, and declined it is said', async () => {
    const payment = { offline: true, createdTime: AT_MS + 2 * DAY_MS };
    const done = await read({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', 1000, 0, payment)],
    });
    expect(done.events).toMatchObject([{ offline: true, businessDate: '2026-03-02' }]);
    const tried = await read({
      order: cloverOrder(),
      payments: [cloverPayment('P1', 1000, 0, { ...payment, result: 'OFFLINE_RETRYING' })],
    });
    expect(tried.log).toContain('order-not-paid');
    orders.set('ORDER1', {
      order: cloverOrder(),
      payments: [cloverPayment('P1', 1000, 0, { ...payment, result: 'FAIL' })],
    });
    const { events, letters } = await ask();
    expect(events).toEqual([]);
    expect(letters).toMatchObject([{ code: 'offline-payment-declined', replay: { to: 'queue' } }]);
  });

  test('a pre-authorisation is no money, and its completion is, with the amount that was captured', async () => {
    const auth = await read({
      order: cloverOrder({ paymentState: 'OPEN' }),
      payments: [cloverPayment('P1', 5000, 0, { result: 'AUTH' })],
    });
    expect(auth.events).toEqual([]);
    const captured = await read({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 3000)],
      payments: [cloverPayment('P1', 3000, 0, { result: 'AUTH_COMPLETED' })],
    });
    expect(booksOf(captured.events[0])).toEqual({ card: 3000, revenue: -3000 });
  });

  test.each(['voids', 'payments'] as const)(
    'a payment that was voided, in the list of %s, takes the sale back',
    async (list) => {
      const voided = cloverPayment('P1', 1000, 0, { result: list === 'payments' ? 'VOIDED' : 'SUCCESS' });
      const { events } = await read({
        order: cloverOrder({ paymentState: 'OPEN', modifiedTime: AT_MS + 5000 }),
        lineItems: [cloverLine('L1', 1000)],
        [list]: [voided],
      });
      expect(events).toMatchObject([
        { transactionId: 'ORDER1', status: 'cancelled', tenders: [], version: AT_MS + 5000 },
      ]);
    },
  );

  test('a result that nobody knows is neither money nor none', async () => {
    orders.set('ORDER1', {
      order: cloverOrder(),
      payments: [cloverPayment('P1', 1, 0, { result: 'DISCOUNT' })],
    });
    expect((await ask()).letters).toMatchObject([{ code: 'payment-result-unknown' }]);
  });

  test('payments that the lines do not explain are said, with the money in the books as it moved', async () => {
    const { events } = await read({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', 1003, 0)],
    });
    expect(events[0]?.quality).toContain('totals-unbalanced');
    expect(events[0]?.tenders).toMatchObject([{ amountMinor: 1003 }]);
  });

  test.each([
    ['JPY', 1500],
    ['KWD', 12_345],
    ['CLP', 9990],
    ['ISK', 4400],
  ])('%s: amounts are in the minor unit of ISO 4217', async (currency, minor) => {
    const { events } = await read(
      {
        order: cloverOrder({ currency }),
        lineItems: [cloverLine('L1', minor)],
        payments: [cloverPayment('P1', minor, 0)],
      },
      currency,
    );
    expect(events[0]).toMatchObject({ currency, totals: { grossMinor: minor } });
  });

  test('of a hundred discounts Clover may have kept back others: nothing is booked, and it says so', async () => {
    const hundred = Array.from({ length: 100 }, (_, index) => ({ name: `D${index}`, amount: -1 }));
    orders.set('ORDER1', {
      order: cloverOrder({ total: 900 }),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', 900, 0)],
      discounts: hundred,
    });
    const { events, letters } = await ask([request()]);
    expect(events).toEqual([]);
    expect(letters).toMatchObject([
      { code: 'too-many-lines', message: expect.stringContaining('discounts') as string },
    ]);
  });

  test('a test order counts nowhere', async () => {
    const { events, log } = await read({
      order: cloverOrder({ testMode: true }),
      payments: [cloverPayment('P1', 1, 0)],
    });
    expect(events).toEqual([]);
    expect(log).toContain('test-order');
  });
});

function offOf(one: { percentageDecimal: number } | { amount: number }, cents: number): number {
  if ('amount' in one) return Math.abs(one.amount);
  return Number((BigInt(cents) * BigInt(one.percentageDecimal) * 2n + 1_000_000n) / 2_000_000n);
}

describe('what comes back', () => {
  const sale = { order: cloverOrder(), lineItems: [cloverLine('L1', 1000), cloverLine('L2', 500)] };
  const refund = (more: Json = {}): Json => ({
    id: 'R1',
    amount: 1180,
    taxAmount: 80,
    tipAmount: 100,
    createdTime: AT_MS + DAY_MS,
    payment: { id: 'P1' },
    lineItems: { elements: [{ id: 'L1' }] },
    ...more,
  });
  const paid = cloverPayment('P1', 1620, 120, { tipAmount: 150 });
  const withRefund = (more: Json = {}, order: Json = {}): CloverFixture => ({
    ...sale,
    order: cloverOrder({ paymentState: 'PARTIALLY_REFUNDED', ...order }),
    payments: [paid],
    refunds: [refund(more)],
  });

  test('a refund, on its own day, with its items, its tax and its tip', async () => {
    const { events } = await read(withRefund());
    expect(ids(events)).toEqual(['ORDER1', 'ORDER1-RR1']);
    expect(events[1]).toMatchObject({
      businessDate: '2026-03-03',
      returnOf: { transactionId: 'ORDER1' },
      lines: [{ type: 'return', quantityMilli: -1000, extendedAmountMinor: -1000 }],
      totals: { netMinor: -1000, taxMinor: -80, grossMinor: -1080, tipMinor: -100 },
    });
    expect(booksOf(events[1])).toEqual({ card: -1180, revenue: 1000, tax: 80, tips: 100 });
  });

  test('a refund of a sum, of more than the items cost, and in cash', async () => {
    const sum = await read(withRefund({ lineItems: null }));
    expect(sum.events[1]?.lines).toMatchObject([{ productCode: 'REFUND', extendedAmountMinor: -1000 }]);
    const more = await read(withRefund({ amount: 1230, overrideMerchantTender: CASH }));
    expect(more.events[1]?.lines).toMatchObject([
      { extendedAmountMinor: -1000 },
      { productCode: 'REFUND_DIFFERENCE', extendedAmountMinor: -50 },
    ]);
    expect(booksOf(more.events[1])).toEqual({ cash: -1230, revenue: 1050, tax: 80, tips: 100 });
  });

  test('a refund that is pending does not count yet; one that failed or was voided counts no more', async () => {
    const pending = await read(withRefund({ status: 'PENDING' }));
    expect(ids(pending.events)).toEqual(['ORDER1']);
    for (const off of [{ status: 'FAIL' }, { status: 'VOIDED' }, { voided: true }]) {
      const { events } = await read(withRefund(off));
      expect(events[1]).toMatchObject({ transactionId: 'ORDER1-RR1', status: 'cancelled', tenders: [] });
    }
  });

  test('a refund that only its payment lists is found, once', async () => {
    const { events } = await read({
      ...sale,
      payments: [{ ...paid, refunds: { elements: [refund({ payment: null, lineItems: null })] } }],
    });
    expect(ids(events)).toEqual(['ORDER1', 'ORDER1-RR1']);
    const both = await read({ ...withRefund(), payments: [{ ...paid, refunds: { elements: [refund()] } }] });
    expect(ids(both.events)).toEqual(['ORDER1', 'ORDER1-RR1']);
  });

  test('a manual refund of no sale, and one that was taken back', async () => {
    const credit = { id: 'C1', amount: 540, taxAmount: 40, createdTime: AT_MS, tender: CASH };
    const { events } = await read({ order: cloverOrder({ paymentState: 'CREDITED' }), credits: [credit] });
    expect(ids(events)).toEqual(['ORDER1-CC1']);
    expect(booksOf(events[0])).toEqual({ cash: -540, revenue: 500, tax: 40 });
    const back = await read({
      order: cloverOrder(),
      credits: [{ ...credit, creditRefunds: { elements: [{ id: 'X' }] } }],
    });
    expect(back.events).toMatchObject([{ transactionId: 'ORDER1-CC1', status: 'cancelled' }]);
  });

  describe('an exchange', () => {
    const later = AT_MS + DAY_MS;
    const exchanged = (price: number, link: 'old' | 'new'): readonly Json[] => [
      cloverLine('L1', 1000, {
        exchanged: true,
        ...(link === 'old' ? { exchangedLineItem: { id: 'L9' } } : {}),
      }),
      cloverLine('L2', 500),
      cloverLine('L9', price, {
        createdTime: later,
        ...(link === 'new' ? { exchangedLineItem: { id: 'L1' } } : {}),
      }),
    ];
    const first = cloverPayment('P1', 1620, 120);

    test.each(['old', 'new'] as const)(
      'for something dearer is paid on its own day (link at the %s item)',
      async (link) => {
        const { events } = await read({
          order: cloverOrder(),
          lineItems: exchanged(1200, link),
          payments: [first, cloverPayment('P2', 216, 16, { createdTime: later, clientCreatedTime: later })],
        });
        expect(events.map((event) => [event.transactionId, event.businessDate, booksOf(event)])).toEqual([
          ['ORDER1', '2026-03-02', { card: 1620, revenue: -1500, tax: -120 }],
          ['ORDER1-X', '2026-03-03', { card: 216, revenue: -200, tax: -16 }],
        ]);
        expect(events[1]?.lines).toMatchObject([
          { type: 'return', extendedAmountMinor: -1000 },
          { type: 'sale', extendedAmountMinor: 1200 },
        ]);
        expect(events[1]?.quality).toEqual(['unknown-product']);
      },
    );

    test('for something cheaper is paid back, and for the same price moves goods only', async () => {
      const cheaper = await read({
        order: cloverOrder({ paymentState: 'PARTIALLY_REFUNDED' }),
        lineItems: exchanged(800, 'old'),
        payments: [first],
        refunds: [{ id: 'R1', amount: 216, taxAmount: 16, createdTime: later, payment: { id: 'P1' } }],
      });
      expect(ids(cheaper.events)).toEqual(['ORDER1', 'ORDER1-X']);
      expect(booksOf(cheaper.events[1])).toEqual({ card: -216, revenue: 200, tax: 16 });
      const even = await read({ order: cloverOrder(), lineItems: exchanged(1000, 'old'), payments: [first] });
      expect(ids(even.events)).toEqual(['ORDER1', 'ORDER1-X']);
      expect(booksOf(even.events[1])).toEqual({});
    });

    test('for something that Clover does not say is a doubt', async () => {
      const { events } = await read({
        order: cloverOrder(),
        lineItems: [cloverLine('L1', 1000, { exchanged: true }), cloverLine('L2', 500)],
        payments: [cloverPayment('P1', 500, 0)],
      });
      expect(events[0]?.quality).toContain('totals-disagree');
      expect(booksOf(events[0])).toEqual({ card: 500, revenue: -500 });
    });
  });
});

describe('cash events', () => {
  const event = (type: string, amountChange: number, more: Json = {}): Json => ({
    type,
    amountChange,
    timestamp: AT_MS,
    device: { id: 'D1' },
    employee: { id: 'EMP1', name: 'Erika Mustermann' },
    ...more,
  });

  test('are drawer events, each once however often it is asked for; the cash of sales is none', async () => {
    cashEvents.push(
      event('LOAD', 10_000),
      event('ADJUSTMENT', -500),
      event('ADJUSTMENT', -500),
      event('ADJUSTMENT', 300),
      event('OPEN', 0),
      event('UNLOAD', -8000),
      event('TRANSACTION', 1000),
      event('COUNT', 0),
      event('ADJUSTMENT', -900, { timestamp: AT_MS - DAY_MS }),
    );
    const { events, letters } = await ask([request('cash', 'CE1'), request('cash', 'CE2', AT_MS + 30_000)]);
    expect(letters).toEqual([]);
    expect(events.slice(0, 6)).toMatchObject([
      { kind: 'drawer', action: 'float', amountMinor: 10_000, currency: 'EUR', tillId: 'D1' },
      { action: 'paidOut', amountMinor: 500 },
      { action: 'paidOut', amountMinor: 500 },
      { action: 'paidIn', amountMinor: 300 },
      { action: 'noSale', amountMinor: 0 },
      { action: 'drop', amountMinor: 8000 },
    ]);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(6);
    expect(JSON.stringify(events)).not.toMatch(/mustermann/i);
  });

  test('one that changes the drawer for a reason that is not known costs itself alone', async () => {
    cashEvents.push(event('COUNT', -250), event('ADJUSTMENT', 300));
    const { events, letters } = await ask([request('cash', 'CE1')]);
    expect(events).toMatchObject([{ action: 'paidIn', amountMinor: 300 }]);
    expect(letters).toMatchObject([{ code: 'cash-event-unknown' }]);
    expect(letters[0]?.message).toContain('-250');
  });
});

describe('notices', () => {
  const post = async (body: unknown, headers: Record<string, string> = { 'x-clover-auth': AUTH }) => {
    const till = webhookFixture({ secrets: { 'webhook-clover': [AUTH] } });
    const answer = await till.post(JSON.stringify(body), { source: 'clover', unsigned: true, headers });
    return { till, answer };
  };
  const update = (objectId: string, type = 'UPDATE', ts = AT_MS) => ({ objectId, type, ts });
  const message = (...updates: unknown[]) => ({ appId: 'APP', merchants: { [MERCHANT]: updates } });

  test('the handshake is answered before any code is known, and its code is in the log', async () => {
    const { till, answer } = await post({ verificationCode: 'ce7643c1-83ea-4218-abe6-da876c9c7a0a' }, {});
    expect(answer).toMatchObject({ status: 200 });
    expect(till.logLines[0]).toContain('ce7643c1-83ea-4218-abe6-da876c9c7a0a');
    expect([...till.hub, ...till.letters]).toEqual([]);
  });

  test('the message of the documentation: orders, payments and cash are asked for, all else is listed', async () => {
    const { till } = await post(
      message(
        update('O:GHIVJT2ABCRSC', 'CREATE'),
        update('P:PAY'),
        update('CA:CASH'),
        update('I:ITEM'),
        update('SH:1'),
      ),
    );
    expect(till.hydrations).toMatchObject([
      { object: 'order', id: `${MERCHANT}/GHIVJT2ABCRSC`, version: AT_MS },
      { object: 'payment', id: `${MERCHANT}/PAY` },
      { object: 'cash' },
    ]);
    expect(till.letters).toEqual([]);
    expect(JSON.parse(till.logLines[0] ?? '')).toMatchObject({ received: 5, hydrating: 3, ignored: 2 });
  });

  test('of a ticket that was announced on every keystroke the last notice is asked for', async () => {
    const { till } = await post(message(...[1, 3, 2].map((at) => update('O:1', 'UPDATE', AT_MS + at))));
    expect(till.hydrations).toMatchObject([{ version: AT_MS + 3 }]);
  });

  test('a kind that nobody knows, and an update without its time, are dead letters', async () => {
    const { till, answer } = await post(
      message(update('ZZ:1'), { objectId: 'O:1', type: 'UPDATE' }, update('O:2')),
    );
    expect(answer.status).toBe(200);
    expect(till.letters.map(({ code }) => code)).toEqual(['unsupported-event-type', 'schema']);
    expect(till.hydrations).toHaveLength(1);
  });

  test('a payment leads to its order; a deleted ticket to a last, empty version; a deleted payment is a dead letter', async () => {
    orders.set('ORDER1', {
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', 1000, 0)],
    });
    const paid = await ask([request('payment', 'P1')]);
    expect(ids(paid.events)).toEqual(['ORDER1']);
    const deleted = await ask([request('deleted-order', 'GONE')]);
    expect(deleted.events).toMatchObject([
      { transactionId: 'GONE', status: 'cancelled', lines: [], version: AT_MS },
    ]);
    const still = await ask([request('deleted-order', 'ORDER1')]);
    expect(ids(still.events)).toEqual(['ORDER1']);
    expect((await ask([request('deleted-payment', 'P1')])).letters).toMatchObject([
      { code: 'deleted-at-vendor' },
    ]);
  });

  test('Clover throttles, and does not know an order yet: it is asked again, as late as it says', async () => {
    orders.set('ORDER1', {
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1000)],
      payments: [cloverPayment('P1', 1000, 0)],
    });
    server.next.push({ status: 429, headers: { 'retry-after': '30' } }, { status: 404 }, { status: 503 });
    const { events, delaysMs } = await ask();
    expect(ids(events)).toEqual(['ORDER1']);
    expect(delaysMs).toEqual([30_000, 10_000, 10_000]);
    const never = await ask([request('order', 'NEVER')]);
    expect(never.letters).toMatchObject([{ code: 'vendor-not-found', replay: { to: 'queue' } }]);
    expect(never.delaysMs).toHaveLength(cloverSource.hydration?.notFoundDelaysMs.length ?? 0);
  });

  test('an open ticket costs two calls, a paid order three', async () => {
    await read({ order: cloverOrder({ paymentState: 'OPEN' }) });
    expect(server.calls).toHaveLength(2);
    server.calls.length = 0;
    await read({
      order: cloverOrder(),
      lineItems: [cloverLine('L1', 1)],
      payments: [cloverPayment('P1', 1, 0)],
    });
    expect(server.calls).toHaveLength(3);
  });

  test('each merchant has a token of its own, else that of the source is used', async () => {
    orders.set('ORDER1', { order: cloverOrder() });
    const options = { apiUrl: server.url, catalog: catalogIn('EUR') };
    const own = await hydrateAll(cloverSource, [request()], {
      ...options,
      secrets: { 'clover-access-token': [TOKEN] },
    });
    expect(own.letters).toEqual([]);
    const other = await hydrateAll(cloverSource, [request()], {
      ...options,
      secrets: { 'clover-access-token': [TOKEN], 'clover-access-token-9abcdef123456': ['another'] },
    });
    expect(other.letters).toMatchObject([{ code: 'retries-exhausted' }]);
  });
});
