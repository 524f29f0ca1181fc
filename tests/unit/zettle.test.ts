import { describeGolden } from '../support/golden-source.ts';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { vendorTokens } from '../../functions/webhooks/vendor-token.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { zettleHydration } from '../../shared/pos/sources/zettle/hydrate.ts';
import { zettleSource } from '../../shared/pos/sources/zettle/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { booksOf, hydrateAll, transactionsOf } from '../support/hydration-fixture.ts';
import { tokenParts } from '../support/token-parts.ts';
import { startVendorServer, type VendorServer } from '../support/vendor-server.ts';
import { CATALOG, NOW_MS, webhookFixture } from '../support/webhook-fixture.ts';
import {
  ORGANIZATION,
  STORE,
  ZETTLE_KEY,
  inApiForm,
  signedZettle,
  zettleMessage,
  zettlePayment,
  zettleProduct,
  zettlePurchase,
} from '../support/zettle-messages.ts';

describeGolden(zettleSource);

type Json = Readonly<Record<string, unknown>>;
const catalogIn = (currency: string, locations = [STORE]) =>
  indexCatalog(
    [
      storeSchema.parse({
        ...CATALOG.stores.values().next().value,
        currency,
        sourceLocations: { zettle: locations },
      }),
    ],
    [...CATALOG.products.values()],
  );

async function receive(text: string, catalog = catalogIn('EUR')) {
  const till = webhookFixture({ catalog, secrets: { 'webhook-zettle': [ZETTLE_KEY] } });
  const body = Buffer.from(text);
  const answer = await till.post(body, { source: 'zettle', unsigned: true, headers: signedZettle(body) });
  return { till, answer };
}
async function read(purchase: Json, currency = 'EUR') {
  const { till, answer } = await receive(zettleMessage(purchase), catalogIn(currency));
  expect(answer.status).toBe(200);
  expect(till.letters).toEqual([]);
  const [event] = transactionsOf(till.events());
  if (event === undefined) throw new Error('no event');
  return event;
}
const cash = (amount: number, more: Json = {}) => zettlePayment('IZETTLE_CASH', amount, more);

describe('a purchase', () => {
  test("the documentation's own: two products, two rates, cash", async () => {
    const event = await read(
      zettlePurchase(35_300, 3656, {
        currency: 'GBP',
        products: [
          zettleProduct(1200, {
            quantity: '2',
            vatPercentage: 0.0,
            taxRates: [{ percentage: 0 }],
            sku: '987',
            barcode: null,
          }),
          zettleProduct(32_900, {
            vatPercentage: 12.5,
            taxRates: [{ percentage: 12.5 }],
            barcode: '30955168623',
          }),
        ],
        payments: [cash(35_300, { attributes: { changeAmount: 0, handedAmount: 35_300 } })],
      }),
      'GBP',
    );
    expect(event).toMatchObject({
      eventId: 'zettle:7cdf4ae2-a110-11eb-a7f9-24cfef8c2970:1',
      storeId: 'berlin-1',
      receiptNumber: '12776',
      occurredAt: '2026-03-02T11:00:00.798Z',
      taxIncluded: true,
      lines: [
        { productCode: '987', quantityMilli: 2000, extendedAmountMinor: 2400 },
        {
          productCode: '30955168623',
          taxes: [{ code: 'VAT 12.5', rateBasisPoints: 1250, taxableMinor: 29_244, amountMinor: 3656 }],
        },
      ],
      tenders: [{ type: 'cash', label: 'IZETTLE_CASH', amountMinor: 35_300 }],
      quality: ['unknown-product'],
    });
    expect(booksOf(event)).toEqual({ cash: 35_300, revenue: -31_644, tax: -3656 });
    expect(event.operatorId).toMatch(/^op-/);
    expect(JSON.stringify(event)).not.toMatch(/mustermann|535583/i);
  });

  test("the documentation's discounts: a percentage and an amount in rows, then 5 % of all", async () => {
    const event = await read(
      zettlePurchase(15_200, 1628, {
        products: [
          zettleProduct(10_000, {
            vatPercentage: 12,
            taxRates: null,
            discount: { percentage: 20, quantity: 1 },
            discountValue: 2000,
          }),
          zettleProduct(10_000, {
            vatPercentage: 12,
            taxRates: null,
            discount: { amount: 2000, quantity: 1 },
          }),
        ],
        discounts: [{ percentage: 5, quantity: 1, value: 800 }],
        payments: [zettlePayment('IZETTLE_CARD', 15_200)],
      }),
    );
    expect(event.lines).toMatchObject([
      {
        extendedAmountMinor: 7600,
        discounts: [{ amountMinor: 2000 }, { amountMinor: 400 }],
        taxes: [{ taxableMinor: 6786, amountMinor: 814 }],
      },
      { extendedAmountMinor: 7600 },
    ]);
    expect(event).not.toHaveProperty('quality');
    expect(booksOf(event)).toEqual({ card: 15_200, revenue: -13_572, tax: -1628 });
  });

  test("the documentation's calculation: 20 x 2 less 5, 10 x 10 less 10 %, less 20 % makes 100", async () => {
    const event = await read(
      zettlePurchase(10_000, 2000, {
        products: [
          zettleProduct(2000, { quantity: '2', discount: { amount: 500, quantity: 1 } }),
          zettleProduct(1000, { quantity: '10', discount: { percentage: 10, quantity: 1 } }),
        ],
        discounts: [{ percentage: 20, quantity: 1 }],
        payments: [zettlePayment('IZETTLE_CARD', 10_000)],
      }),
    );
    expect(event.lines.map((line) => line.extendedAmountMinor)).toEqual([2800, 7200]);
    expect(event).not.toHaveProperty('quality');
  });

  test('weights are decimal texts; what is finer than a thousandth is rounded, and said', async () => {
    const event = await read(
      zettlePurchase(1249, 250, {
        products: [zettleProduct(999, { quantity: '1.25', unitName: 'kg' })],
        payments: [zettlePayment('SWISH', 1249)],
      }),
    );
    expect(event.lines).toMatchObject([{ quantityMilli: 1250, unit: 'kg', extendedAmountMinor: 1249 }]);
    const fine = await read(
      zettlePurchase(333, 67, { products: [zettleProduct(1000, { quantity: '0.33333' })] }),
    );
    expect(fine).toMatchObject({
      lines: [{ quantityMilli: 333, extendedAmountMinor: 333 }],
      quality: ['amount-rounded'],
    });
  });

  test('a tip is part of its payment; change is given on what was handed over', async () => {
    const event = await read(
      zettlePurchase(2000, 400, {
        payments: [
          zettlePayment('IZETTLE_CARD', 1200, { gratuityAmount: 200 }),
          cash(1000, { attributes: { handedAmount: 5000, changeAmount: 4000 } }),
        ],
      }),
    );
    expect(event.tenders).toMatchObject([{ amountMinor: 1200 }, { amountMinor: 5000, changeMinor: 4000 }]);
    expect(booksOf(event)).toEqual({ card: 1200, cash: 1000, revenue: -1600, tax: -400, tips: -200 });
  });

  test('split by gift card and store credit; a gift card that is sold is a liability without tax', async () => {
    const event = await read(
      zettlePurchase(7500, 500, {
        products: [
          zettleProduct(2500),
          zettleProduct(5000, {
            type: 'GIFTCARD',
            vatPercentage: 0,
            taxRates: null,
            details: { giftcardUuid: 'g' },
          }),
        ],
        payments: [
          zettlePayment('GIFTCARD', 1000),
          zettlePayment('STORE_CREDIT', 500),
          zettlePayment('KLARNA', 6000),
        ],
      }),
    );
    expect(event.tenders.map(({ type }) => type)).toEqual(['giftCard', 'storeCredit', 'account']);
    expect(booksOf(event)).toEqual({ other: 6500, revenue: -2000, tax: -500, 'gift cards': -4000 });
  });

  test('a service charge, and a tender that nobody knows', async () => {
    const event = await read(
      zettlePurchase(2499, 479, {
        products: [zettleProduct(2000)],
        serviceCharge: { amount: 499, title: 'Standard Shipping', vatPercentage: 18.8, quantity: '1' },
        payments: [zettlePayment('BARTER', 2499)],
      }),
    );
    expect(event.lines[1]).toMatchObject({
      type: 'fee',
      productCode: 'SERVICE_CHARGE',
      extendedAmountMinor: 499,
    });
    expect(event).toMatchObject({
      quality: ['unknown-tender'],
      tenders: [{ type: 'other', label: 'BARTER' }],
    });
  });

  test('sales tax on top (US), in several taxes of five decimals', async () => {
    const event = await read(
      zettlePurchase(10_888, 888, {
        currency: 'USD',
        taxationMode: 'EXCLUSIVE',
        products: [
          zettleProduct(10_000, {
            vatPercentage: null,
            taxRates: [{ percentage: 4.5 }, { percentage: 4.375 }],
          }),
        ],
      }),
      'USD',
    );
    expect(event).toMatchObject({
      taxIncluded: false,
      lines: [
        {
          taxes: [
            { code: 'VAT 4.5', rateBasisPoints: 450, amountMinor: 450 },
            { code: 'VAT 4.375', amountMinor: 438 },
          ],
        },
      ],
    });
    expect(event.lines[0]?.taxes?.[1]).not.toHaveProperty('rateBasisPoints');
    expect(event.totals).toEqual({ netMinor: 10_000, taxMinor: 888, grossMinor: 10_888 });
  });

  test('cash rounding is told from what was paid, and both readings are left to finance', async () => {
    const event = await read(zettlePurchase(1003, 201, { payments: [cash(1005)] }));
    expect(event).toMatchObject({
      totals: { grossMinor: 1003, roundingMinor: 2 },
      quality: ['totals-disagree'],
    });
    expect(booksOf(event)).toEqual({ cash: 1005, revenue: -802, tax: -201, rounding: -2 });
    const much = await read(zettlePurchase(1003, 201, { payments: [cash(1103)] }));
    expect(much.quality).toEqual(['totals-unbalanced']);
  });

  test('tax that our rows do not explain is said, and the sum that Zettle gives is booked', async () => {
    const off = await read(zettlePurchase(1000, 201));
    expect(off).toMatchObject({ totals: { taxMinor: 201 }, quality: ['tax-calculated'] });
    expect(booksOf(off)).toEqual({ card: 1000, revenue: -799, tax: -201 });
    const far = await read(zettlePurchase(1000, 300));
    expect(far.quality).toEqual(['totals-disagree']);
    const unknown = await read(
      zettlePurchase(1000, 200, { products: [zettleProduct(1000, { vatPercentage: null, taxRates: null })] }),
    );
    expect(unknown.quality).toEqual(['tax-unknown']);
    expect(booksOf(unknown)).toEqual({ card: 1000, revenue: -800, tax: -200 });
  });

  test('rows that do not make the amount are said', async () => {
    const event = await read(zettlePurchase(1000, 200, { products: [zettleProduct(990)] }));
    expect(event.quality).toContain('totals-unbalanced');
  });

  test.each([
    ['JPY', 1500],
    ['KWD', 12_345],
    ['CLP', 9990],
    ['ISK', 4400],
  ])('%s: amounts are in the minor unit of ISO 4217', async (currency, minor) => {
    const event = await read(zettlePurchase(minor, minor / 5, { currency }), currency);
    expect(event).toMatchObject({ currency, totals: { grossMinor: minor } });
  });
});

describe('what comes back', () => {
  const refund = (more: Json = {}): Json =>
    zettlePurchase(-10_000, -1071, {
      purchaseUuid: 'd71e814c-d705-43e7-ac9c-831449d5fc99',
      refundsPurchaseUuid: '6a7d7a9c-efd8-4a93-b0ff-45d55d212774',
      products: [zettleProduct(10_000, { quantity: '-1', vatPercentage: 12, taxRates: null })],
      payments: [
        cash(-10_000, { references: { refundsPayment: 'eb0db2eb' }, attributes: { handedAmount: -10_000 } }),
      ],
      ...more,
    });

  test("the documentation's partial refund: a purchase of its own, on its own day", async () => {
    const event = await read(refund());
    expect(event).toMatchObject({
      returnOf: { transactionId: '6a7d7a9c-efd8-4a93-b0ff-45d55d212774' },
      lines: [
        {
          type: 'return',
          productId: 'milk',
          quantityMilli: -1000,
          extendedAmountMinor: -10_000,
          taxes: [{ taxableMinor: -8929 }],
        },
      ],
    });
    expect(event).not.toHaveProperty('quality');
    expect(booksOf(event)).toEqual({ cash: -10_000, revenue: 8929, tax: 1071 });
  });

  test('with its discount, its tip, and as an exchange', async () => {
    const event = await read(
      refund({
        amount: -8000,
        vatAmount: -857,
        products: [
          zettleProduct(10_000, {
            quantity: '-1',
            vatPercentage: 12,
            taxRates: null,
            discount: { percentage: 20 },
          }),
        ],
        payments: [zettlePayment('IZETTLE_CARD', -8500, { gratuityAmount: -500 })],
      }),
    );
    expect(event.lines).toMatchObject([{ extendedAmountMinor: -8000, discounts: [{ amountMinor: -2000 }] }]);
    expect(booksOf(event)).toEqual({ card: -8500, revenue: 7143, tax: 857, tips: 500 });
    const exchange = await read(
      zettlePurchase(500, 100, {
        products: [zettleProduct(2000, { quantity: '-1' }), zettleProduct(2500)],
        payments: [cash(500)],
      }),
    );
    expect(exchange.lines.map(({ type }) => type)).toEqual(['return', 'sale']);
    expect(booksOf(exchange)).toEqual({ cash: 500, revenue: -400, tax: -100 });
  });
});

describe('webhook and API', () => {
  let server: VendorServer;
  let known: Json | undefined;
  beforeAll(async () => {
    server = await startVendorServer(({ method, path, body, headers }) => {
      if (method === 'POST') {
        const form = new URLSearchParams(body);
        return form.get('client_id') === 'client' && form.get('assertion') === 'key'
          ? { body: { access_token: 'token', expires_in: 7200 } }
          : { status: 400, body: { error: 'invalid_grant' } };
      }
      if (headers.authorization !== 'Bearer token') return { status: 401 };
      return path.startsWith('/purchase/v2/') && known ? { body: known } : undefined;
    });
  });
  afterAll(() => server.close());
  const ask = (answer: Json | undefined, key = 'client key') => {
    known = answer;
    const request = {
      source: 'zettle',
      object: 'purchase',
      id: `${ORGANIZATION}/7cdf4ae2-a110-11eb-a7f9-24cfef8c2970`,
      version: 0,
      receivedAt: '2026-03-02T12:00:00.000Z',
      traceparent: '00-abababababababababababababababab-abababababababab-01',
    };
    return hydrateAll(zettleSource, [request], {
      apiUrl: server.url,
      catalog: catalogIn('EUR'),
      secrets: { [`zettle-api-key-${ORGANIZATION}`]: [key] },
    });
  };
  const comparable = ({ traceparent: _t, receivedAt: _r, operatorId: _o, ...event }: PosEvent) =>
    JSON.stringify(event);

  test('give the same event, byte for byte', async () => {
    const rows = fc.array(
      fc.record({
        price: fc.integer({ min: 0, max: 50_000 }),
        quantity: fc.constantFrom('1', '2', '0.5', '-1', '1.375'),
        rate: fc.constantFrom(0, 5.5, 12, 25),
        off: fc.constantFrom(null, { percentage: 10, quantity: 1 }, { amount: 50, quantity: 1 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.boolean(),
        fc.integer({ min: -3, max: 90_000 }),
        async (items, back, amount) => {
          const purchase = zettlePurchase(amount, Math.trunc(amount / 5), {
            products: items.map(({ price, quantity, rate, off }) =>
              zettleProduct(price, { quantity, vatPercentage: rate, taxRates: null, discount: off }),
            ),
            discounts: [{ percentage: 3, quantity: 1 }],
            ...(back ? { refundsPurchaseUuid: '6a7d7a9c-efd8-4a93-b0ff-45d55d212774' } : {}),
          });
          const fromWebhook = await read(purchase);
          const { events } = await ask(inApiForm(purchase));
          expect(events.map(comparable)).toEqual([comparable(fromWebhook)]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a purchase that cannot be read is a dead letter whose replay asks the API for it', async () => {
    const { till } = await receive(zettleMessage({ ...zettlePurchase(1250, 250), products: 'changed' }));
    expect(till.letters).toMatchObject([
      { code: 'schema', where: '/products', replay: { to: 'queue', queue: 'hydrate' } },
    ]);
    expect(JSON.parse(till.letters[0]?.payload ?? '')).toMatchObject({
      object: 'purchase',
      id: `${ORGANIZATION}/7cdf4ae2-a110-11eb-a7f9-24cfef8c2970`,
    });
    expect(till.letters[0]?.payload).not.toMatch(/mustermann/i);
    const { events, letters } = await ask(inApiForm(zettlePurchase(1250, 250)));
    expect(letters).toEqual([]);
    expect(transactionsOf(events)).toMatchObject([{ storeId: 'berlin-1', totals: { grossMinor: 1250 } }]);
  });

  test('the API is throttled, does not know it yet, refuses the key', async () => {
    server.next.push(
      { body: { access_token: 'token', expires_in: 7200 } },
      { status: 429, headers: { 'retry-after': '17' } },
    );
    const throttled = await ask(inApiForm(zettlePurchase(1250, 250)));
    expect(throttled.events).toHaveLength(1);
    expect(throttled.delaysMs).toEqual([17_000]);
    expect((await ask(undefined)).letters).toMatchObject([{ code: 'vendor-not-found' }]);
    const refused = await ask(inApiForm(zettlePurchase(1250, 250)), 'client another');
    expect(refused.letters).toMatchObject([{ code: 'retries-exhausted' }]);
    expect(JSON.stringify([refused.letters, refused.logLines])).not.toContain('another');
  });

  test('a token is kept until shortly before it ends', async () => {
    const clock = { nowMs: NOW_MS };
    let asked = 0;
    const tokens = vendorTokens(
      tokenParts(() => clock.nowMs, {
        fetchFrom: () => {
          asked += 1;
          return Promise.resolve(Response.json({ access_token: `token ${asked}`, expires_in: 7200 }));
        },
      }),
    );
    expect(await tokens.of('zettle', zettleHydration, 'client key')).toBe('token 1');
    clock.nowMs += 7_100_000;
    expect(await tokens.of('zettle', zettleHydration, 'client key')).toBe('token 1');
    clock.nowMs += 60_000;
    expect(await tokens.of('zettle', zettleHydration, 'client key')).toBe('token 2');
    expect(await tokens.of('square', { apiUrl: '', tokenSecret: 'square-access-token' }, 'plain')).toBe(
      'plain',
    );
  });
});

describe('messages', () => {
  test('the signature is the one that anybody can calculate from the published scheme, over what was decoded', () => {
    const text = '{"name":"5\\" \\u00e9 \\ud83c\\udf4b"}';
    const body = Buffer.from(JSON.stringify({ timestamp: '2026-03-02T11:00:00.812Z', payload: text }));
    expect(signedZettle(body)['x-izettle-signature']).toBe(
      createHmac('sha256', ZETTLE_KEY).update(`2026-03-02T11:00:00.812Z.${text}`).digest('hex'),
    );
  });

  test('no byte of time or payload can be changed', async () => {
    const text = zettleMessage(zettlePurchase(1250, 250));
    const headers = signedZettle(Buffer.from(text));
    const sent = JSON.parse(text) as { payload: string; timestamp: string };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('payload', 'timestamp'),
        fc.nat(),
        fc.integer({ min: 1, max: 90 }),
        async (field, at, by) => {
          const original = sent[field];
          const index = at % original.length;
          const changed =
            original.slice(0, index) +
            String.fromCharCode(original.charCodeAt(index) + by) +
            original.slice(index + 1);
          const till = webhookFixture({ secrets: { 'webhook-zettle': [ZETTLE_KEY] } });
          const body = JSON.stringify({ ...sent, [field]: changed });
          expect((await till.post(body, { source: 'zettle', unsigned: true, headers })).status).toBe(401);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('what is not signed is not believed: under another name a purchase counts all the same, and once', async () => {
    const payload = zettlePurchase(1250, 250);
    const { till } = await receive(
      zettleMessage(payload, { eventName: 'ProductUpdated', organizationUuid: 'other', messageId: 'x' }),
    );
    expect(till.events()).toMatchObject([
      { eventId: 'zettle:7cdf4ae2-a110-11eb-a7f9-24cfef8c2970:1', storeId: 'berlin-1' },
    ]);
  });

  test('the test message of a new subscription is answered before its key is known', async () => {
    const till = webhookFixture({});
    const body = {
      eventName: 'TestMessage',
      organizationUuid: ORGANIZATION,
      messageId: 'm',
      payload: { data: 'payload' },
    };
    const answer = await till.post(JSON.stringify(body), { source: 'zettle', unsigned: true });
    expect(answer.status).toBe(200);
    expect(till.logLines[0]).toContain('signingKey');
    expect([...till.hub, ...till.letters]).toEqual([]);
    // A purchase cannot pass as one.
    const forged = { ...body, payload: JSON.stringify(zettlePurchase(1, 0)) };
    expect((await till.post(JSON.stringify(forged), { source: 'zettle', unsigned: true })).status).toBe(401);
  });

  test.each([
    ['ProductUpdated', 0],
    ['InventoryTrackingStarted', 0],
    ['ApplicationConnectionRemoved', 1],
    ['SomethingNew', 1],
  ])(
    '%s moves no money: listed as ignored, or a dead letter that somebody must read',
    async (eventName, letters) => {
      const { till } = await receive(zettleMessage({ uuid: 'u' }, { eventName }));
      expect(till.hub).toEqual([]);
      expect(till.letters).toHaveLength(letters);
    },
  );

  test('a change of stock is a count of what lies in the store', async () => {
    const balance = (locationUuid: string, of: string) => ({
      locationUuid,
      productUuid: 'p',
      variantUuid: '4012345678901',
      balance: of,
    });
    const change = (...balanceAfter: Json[]) =>
      zettleMessage(
        {
          organizationUuid: ORGANIZATION,
          updated: { timestamp: '2026-03-02T11:00:00.966+0000', userType: 'USER' },
          balanceBefore: [],
          balanceAfter,
        },
        { eventName: 'InventoryBalanceChanged' },
      );
    const { till } = await receive(change(balance('fd4a87c0', '7'), balance(STORE, '5.5')));
    expect(till.events()).toMatchObject([
      {
        kind: 'stock',
        action: 'count',
        storeId: 'berlin-1',
        items: [{ productId: 'milk', quantityMilli: 5500 }],
      },
    ]);
    const elsewhere = await receive(change(balance('fd4a87c0', '7')));
    expect(elsewhere.till.hub).toEqual([]);
    expect(elsewhere.till.letters).toEqual([]);
  });

  test('the store is the location of the goods, else the organisation; else it is unknown, and landed', async () => {
    const custom = zettlePurchase(1250, 250, {
      products: [
        zettleProduct(1250, { fromLocationUuid: null, toLocationUuid: null, type: 'CUSTOM_AMOUNT' }),
      ],
    });
    const known = await receive(zettleMessage(custom), catalogIn('EUR', [ORGANIZATION]));
    expect(known.till.events()).toMatchObject([{ storeId: 'berlin-1' }]);
    const unknown = await receive(zettleMessage(custom));
    expect(unknown.till.events()).toMatchObject([
      { storeId: ORGANIZATION, quality: expect.arrayContaining(['unknown-store']) as unknown },
    ]);
  });
});
