import { describeGolden } from '../support/golden-source.ts';
import { generateKeyPairSync } from 'node:crypto';
import { sign } from 'jsonwebtoken';
import { cachedKeySets } from '../../functions/webhooks/key-sets.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { verifyDynamicsEvent } from '../../shared/pos/sources/dynamics-commerce/proof.ts';
import { dynamicsCommerceSource } from '../../shared/pos/sources/dynamics-commerce/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import {
  commerceHeader,
  commerceKey,
  commerceLine,
  commercePayment,
  commerceTax,
  startCommerceServer,
  type CommerceRows,
} from '../support/dynamics-commerce-rows.ts';
import { booksOf, hydrateAll, transactionsOf } from '../support/hydration-fixture.ts';
import type { VendorServer } from '../support/vendor-server.ts';
import { CATALOG, NOW_MS, webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(dynamicsCommerceSource);

type Json = Readonly<Record<string, unknown>>;
const AT_MS = 1_772_449_200_000;
const rows: CommerceRows = { headers: [], lines: [], payments: [], taxes: [] };
let server: VendorServer;
beforeAll(async () => {
  server = await startCommerceServer(rows);
});
afterAll(() => server.close());
beforeEach(() => {
  server.calls.length = 0;
});

const catalogIn = (currency: string) =>
  indexCatalog(
    [
      storeSchema.parse({
        ...CATALOG.stores.values().next().value,
        currency,
        sourceLocations: { 'dynamics-commerce': ['HOUSTON'] },
      }),
    ],
    [...CATALOG.products.values()],
  );
const KEY = ['usrt', 'HOUSTON', 'HOUSTON-3', "HOUSTON-3-10'01"];
async function ask(found: Partial<CommerceRows>, currency = 'EUR', key = KEY) {
  Object.assign(rows, { headers: [commerceHeader()], lines: [], payments: [], taxes: [], ...found });
  return hydrateAll(
    dynamicsCommerceSource,
    [
      {
        source: 'dynamics-commerce',
        object: 'transaction',
        id: JSON.stringify(key),
        version: AT_MS,
        receivedAt: '2026-03-02T12:00:00.000Z',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
    ],
    {
      apiUrl: server.url,
      catalog: catalogIn(currency),
      secrets: {
        'dynamics-commerce-app': [
          '11111111-1111-4111-8111-111111111111 client right https://contoso.example/',
        ],
      },
    },
  );
}
async function read(found: Partial<CommerceRows>, currency = 'EUR') {
  const { events, letters } = await ask(found, currency);
  expect(letters).toEqual([]);
  const [event] = transactionsOf(events);
  if (event === undefined) throw new Error('no transaction');
  return event;
}
const card = (amount: string, more: Json = {}) =>
  commercePayment(amount, { TenderType: '2', Function: 'Card', CardTypeId: 'VISA', ...more });

describe('transactions', () => {
  test('a sale: by its own money the signs of its rows are told, with its tax by code', async () => {
    const event = await read({
      lines: [commerceLine()],
      payments: [commercePayment('11.9000000000')],
      taxes: [commerceTax('1.9000000000')],
    });
    expect(event).toMatchObject({
      eventId: `dynamics-commerce:HOUSTON-HOUSTON-3-2026-03-02-HOUSTON-3-10'01:${AT_MS}`,
      storeId: 'berlin-1',
      tillId: 'HOUSTON-3',
      receiptNumber: 'HOUSTON0042',
      shiftId: 'HOUSTON-3-7',
      occurredAt: '2026-03-02T11:00:00.000Z',
      businessDate: '2026-03-02',
      taxIncluded: true,
      lines: [
        {
          type: 'sale',
          productId: 'milk',
          quantityMilli: 1000,
          extendedAmountMinor: 1190,
          taxes: [{ code: 'TX19', rateBasisPoints: 1900, taxableMinor: 1000, amountMinor: 190 }],
        },
      ],
      tenders: [{ type: 'cash', label: 'tender type 1', amountMinor: 1190 }],
    });
    expect(event).not.toHaveProperty('quality');
    expect(booksOf(event)).toEqual({ cash: 1190, revenue: -1000, tax: -190 });
    expect(JSON.stringify(event)).not.toMatch(/mustermann|4111|2001|000160/i);
    expect(server.calls.filter(({ method }) => method === 'GET')).toHaveLength(4);
    for (const { query } of server.calls)
      expect(query.get('$select') ?? '').not.toMatch(/CardNumber|CustomerName|Logistics/);
  });

  test('an entity that writes sales above zero gives the same event', async () => {
    const turned = commerceLine({ Quantity: '1', NetAmount: '10', NetAmountInclusiveTax: '11.9' });
    const parts = { payments: [commercePayment('11.9')], taxes: [commerceTax('-1.9')] };
    const above = await read({ lines: [turned], ...parts });
    const below = await read({ lines: [commerceLine()], ...parts });
    expect(above).toEqual(below);
  });

  test('prices without tax, a discount, a weight, a voided line, change and a card', async () => {
    const event = await read({
      headers: [
        commerceHeader({ IsTaxIncludedInPrice: 'No', NumberOfItemLines: '2', NumberOfPaymentLines: 3 }),
      ],
      lines: [
        commerceLine({
          Unit: 'kg',
          Quantity: '-2.5',
          Price: '4.40',
          NetAmount: '-10.00',
          NetAmountInclusiveTax: '-11.90',
        }),
        commerceLine({ LineNumber: '2', TransactionStatus: 'Voided' }),
      ],
      payments: [
        card('5.00'),
        commercePayment('10.00', { LineNumber: '2' }),
        commercePayment('-3.10', { LineNumber: '3', IsChangeLine: 'Yes' }),
        card('99.00', { LineNumber: '4', VoidStatus: 'Voided' }),
      ],
      taxes: [commerceTax('1.90')],
    });
    expect(event).toMatchObject({
      taxIncluded: false,
      lines: [
        { quantityMilli: 2500, unit: 'kg', extendedAmountMinor: 1000, discounts: [{ amountMinor: 100 }] },
      ],
      tenders: [
        { type: 'card', amountMinor: 500 },
        { type: 'cash', amountMinor: 1000, changeMinor: 310 },
      ],
    });
    expect(booksOf(event)).toEqual({ card: 500, cash: 690, revenue: -1000, tax: -190 });
  });

  test('a return with its original, an exchange with money, and an even one that says its doubt', async () => {
    const back = commerceLine({
      Quantity: '1',
      NetAmount: '10',
      NetAmountInclusiveTax: '11.9',
      ReturnTransactionNumber: 'HOUSTON-3-900',
    });
    const returned = await read({
      lines: [back],
      payments: [commercePayment('-11.9')],
      taxes: [commerceTax('1.9')],
    });
    expect(returned).toMatchObject({
      lines: [{ type: 'return', quantityMilli: -1000, extendedAmountMinor: -1190 }],
      returnOf: { transactionId: 'HOUSTON-3-900' },
    });
    expect(booksOf(returned)).toEqual({ cash: -1190, revenue: 1000, tax: 190 });
    const dearer = commerceLine({
      LineNumber: '2',
      Price: '23.80',
      NetAmount: '-20',
      NetAmountInclusiveTax: '-23.8',
    });
    const taxes = [commerceTax('1.9'), commerceTax('3.8', { SalesLineNumber: '2' })];
    const headers = [commerceHeader({ NumberOfItemLines: '2' })];
    const exchange = await read({
      headers,
      lines: [back, dearer],
      payments: [commercePayment('11.9')],
      taxes,
    });
    expect(exchange.lines.map(({ type }) => type)).toEqual(['return', 'sale']);
    expect(booksOf(exchange)).toEqual({ cash: 1190, revenue: -1000, tax: -190 });
    const even = await read({
      headers: [commerceHeader({ NumberOfItemLines: '2', NumberOfPaymentLines: 0 })],
      lines: [back, commerceLine({ LineNumber: '2' })],
    });
    expect(even.lines.map(({ type }) => type)).toEqual(['return', 'sale']);
    expect(even.quality).toContain('totals-disagree');
  });

  test('a gift card that is sold, and one that pays; store credit; a tender nobody knows', async () => {
    const event = await read({
      headers: [commerceHeader({ NumberOfItemLines: '2', NumberOfPaymentLines: 3 })],
      lines: [
        commerceLine(),
        commerceLine({
          LineNumber: '2',
          GiftCard: 'Yes',
          ItemId: 'GIFT',
          BarCode: '',
          Price: '50',
          NetAmount: '-50',
          NetAmountInclusiveTax: '-50',
        }),
      ],
      payments: [
        commercePayment('10', { TenderType: '8', GiftCardId: '6277880099112233' }),
        commercePayment('5', { LineNumber: '2', TenderType: '6', CreditVoucherId: 'CV1' }),
        commercePayment('46.90', { LineNumber: '3', TenderType: '77' }),
      ],
      taxes: [commerceTax('1.9')],
    });
    expect(event.tenders.map(({ type }) => type)).toEqual(['giftCard', 'storeCredit', 'other']);
    expect(event.quality).toEqual(['unknown-tender']);
    expect(booksOf(event)).toEqual({ other: 5190, revenue: -1000, tax: -190, 'gift cards': -4000 });
    expect(JSON.stringify(event)).not.toContain('6277880099112233');
  });

  test('cash rounding is what Dynamics says payments and sales differ by; another difference is a doubt', async () => {
    const parts = {
      lines: [commerceLine()],
      payments: [commercePayment('11.95')],
      taxes: [commerceTax('1.9')],
    };
    const rounded = await read({ ...parts, headers: [commerceHeader({ SalesPaymentDifference: '-0.05' })] });
    expect(booksOf(rounded)).toEqual({ cash: 1195, revenue: -1000, tax: -190, rounding: -5 });
    const odd = await read(parts);
    expect(odd.quality).toEqual(['totals-unbalanced']);
  });

  test('taxes that do not make up the tax of the line are said', async () => {
    const payments = [commercePayment('11.9')];
    const none = await read({ lines: [commerceLine()], payments });
    expect(none).toMatchObject({ quality: ['tax-unknown'], totals: { taxMinor: 190 } });
    const fine = await read({ lines: [commerceLine()], payments, taxes: [commerceTax('1.89999')] });
    expect(fine.quality).toEqual(['amount-rounded']);
    const other = await read({ lines: [commerceLine()], payments, taxes: [commerceTax('1.5')] });
    expect(other).toMatchObject({
      quality: ['totals-disagree'],
      lines: [{ taxes: [{ code: 'TX19', amountMinor: 190 }] }],
    });
  });

  test('a deposit for a customer order, and a payment to an account', async () => {
    const deposit = await read({
      headers: [commerceHeader({ TransactionType: 'CustomerOrder' })],
      lines: [commerceLine()],
      payments: [commercePayment('5', { IsPrepayment: 'Yes' })],
    });
    expect(deposit.quality).toEqual(['content-not-read']);
    expect(booksOf(deposit)).toEqual({ cash: 500, deposits: -500 });
    const paid = await read({
      headers: [
        commerceHeader({ TransactionType: 'Payment', NumberOfItemLines: '0', AmountPostedToAccount: '40' }),
      ],
      payments: [commercePayment('40')],
    });
    expect(booksOf(paid)).toEqual({ cash: 4000, other: -4000 });
  });

  test.each([
    ['Voided', { status: 'cancelled', tenders: [] }],
    ['OnHold', { status: 'suspended', tenders: [] }],
    ['Training', { status: 'completed', training: true }],
    ['Posted', { status: 'completed', training: false }],
  ])('of status %s', async (TransactionStatus, expected) => {
    const event = await read({
      headers: [commerceHeader({ TransactionStatus })],
      lines: [commerceLine()],
      payments: [commercePayment('11.9')],
      taxes: [commerceTax('1.9')],
    });
    expect(event).toMatchObject(expected);
  });

  test.each([
    ['JPY', '1500', 1500],
    ['KWD', '12.345', 12_345],
    ['CLP', '9990.0000', 9990],
    ['ISK', '4400', 4400],
  ])('%s: decimals of the currency', async (currency, amount, minor) => {
    const event = await read(
      {
        headers: [commerceHeader({ Currency: currency })],
        lines: [
          commerceLine({ Price: amount, NetAmount: `-${amount}`, NetAmountInclusiveTax: `-${amount}` }),
        ],
        payments: [commercePayment(amount)],
      },
      currency,
    );
    expect(event).toMatchObject({ currency, totals: { grossMinor: minor } });
  });

  test('offline, when the register had no connection', async () => {
    const event = await read({
      headers: [commerceHeader({ CreatedOffline: 'Yes' })],
      lines: [commerceLine()],
      payments: [commercePayment('11.9')],
      taxes: [commerceTax('1.9')],
    });
    expect(event.offline).toBe(true);
  });
});

describe('drawers', () => {
  const header = (TransactionType: string, more: Json = {}) => [
    commerceHeader({ TransactionType, NumberOfItemLines: '0', ...more }),
  ];
  test.each([
    ['IncomeExpense', '12.50', { action: 'paidIn', amountMinor: 1250 }],
    ['IncomeExpense', '-12.50', { action: 'paidOut', amountMinor: 1250 }],
    ['FloatEntry', '100', { action: 'float', amountMinor: 10_000 }],
    ['SafeDrop', '-200', { action: 'drop', amountMinor: 20_000 }],
  ])('%s of %s', async (type, amount, expected) => {
    const { events, letters } = await ask({ headers: header(type), payments: [commercePayment(amount)] });
    expect(letters).toEqual([]);
    expect(events).toMatchObject([{ kind: 'drawer', shiftId: 'HOUSTON-3-7', ...expected }]);
  });

  test('a drawer that was opened; cash that no row counts; a tender that is no cash', async () => {
    const opened = await ask({ headers: header('OpenDrawer', { NumberOfPaymentLines: 0 }) });
    expect(opened.events).toMatchObject([{ action: 'noSale', amountMinor: 0 }]);
    const unknown = await ask({
      headers: header('BankDrop', { NumberOfPaymentLines: 0, PaymentAmount: '0' }),
    });
    expect(unknown.letters).toMatchObject([{ code: 'drawer-amount-unknown' }]);
    const byCard = await ask({ headers: header('IncomeExpense'), payments: [card('5')] });
    expect(byCard.letters).toMatchObject([{ code: 'drawer-tender-unknown' }]);
  });
});

describe('rows that are not what they seem', () => {
  const parts = { payments: [commercePayment('11.9')], taxes: [commerceTax('1.9')] };
  test.each([
    [
      'two headers',
      {
        headers: [commerceHeader(), commerceHeader({ BusinessDate: '2026-02-01T12:00:00Z' })],
        lines: [commerceLine()],
      },
    ],
    [
      'lines of two dates',
      { lines: [commerceLine(), commerceLine({ LineNumber: '2', BusinessDate: '2026-02-01T12:00:00Z' })] },
    ],
    [
      'lines of two receipts',
      { lines: [commerceLine(), commerceLine({ LineNumber: '2', ReceiptNumber: 'HOUSTON0001' })] },
    ],
    ['one line number twice', { lines: [commerceLine(), commerceLine()] }],
  ])('a transaction number that repeats is no one sale: %s', async (_name, more) => {
    const { events, letters } = await ask({ ...parts, ...more });
    expect(events).toEqual([]);
    expect(letters).toMatchObject([{ code: 'transaction-number-not-unique', replay: { to: 'queue' } }]);
  });

  test('rows that are still to come are waited for, over days', async () => {
    const { letters, delaysMs } = await ask({
      headers: [commerceHeader({ NumberOfItemLines: '2' })],
      lines: [commerceLine()],
      ...parts,
    });
    expect(letters).toMatchObject([{ code: 'vendor-not-found' }]);
    expect(delaysMs.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(2 * 86_400_000);
    expect((await ask({ headers: [] })).letters).toMatchObject([{ code: 'vendor-not-found' }]);
  });

  test.each([
    [{ TransactionType: 'KitDisassembly' }, 'transaction-type-unknown'],
    [{ TransactionStatus: 'Concluded' }, 'transaction-status-unknown'],
    [{ Currency: 'XX' }, 'schema'],
  ])('%j is a dead letter', async (more, code) => {
    expect(
      (await ask({ headers: [commerceHeader(more)], lines: [commerceLine()], ...parts })).letters,
    ).toMatchObject([{ code }]);
  });

  test('a sign-on is listed as ignored', async () => {
    const { events, letters, logLines } = await ask({
      headers: [commerceHeader({ TransactionType: 'LogOn' })],
    });
    expect([...events, ...letters]).toEqual([]);
    expect(logLines[0]).toContain('without-money');
  });

  test('Dynamics throttles: it is asked again, as late as it says', async () => {
    server.next.push(
      { body: { access_token: 'token', expires_in: 3599 } },
      { status: 429, headers: { 'retry-after': '61' } },
    );
    const { events, delaysMs } = await ask({ lines: [commerceLine()], ...parts });
    expect(events).toHaveLength(1);
    expect(delaysMs).toEqual([61_000]);
  });
});

describe('proof of the sender', () => {
  const TENANT = '22222222-2222-4222-8222-222222222222';
  const APP = '33333333-3333-4333-8333-333333333333';
  const SECRET = `entra ${TENANT} api://tillstream ${APP}`;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }];
  const nowS = NOW_MS / 1000;
  const claims = {
    aud: 'api://tillstream',
    iss: `https://sts.windows.net/${TENANT}/`,
    appid: APP,
    iat: nowS - 60,
    exp: nowS + 3600,
  };
  const token = (more: object = {}, key = privateKey, kid = 'k1') =>
    sign(JSON.parse(JSON.stringify({ ...claims, ...more })) as object, key, {
      algorithm: 'RS256',
      keyid: kid,
    });
  const verify =
    (header: Record<string, string>, secrets = [SECRET]) =>
    () =>
      verifyDynamicsEvent({
        header: (name) => header[name],
        secrets,
        keySets: new Map([[`https://login.microsoftonline.com/${TENANT}/discovery/v2.0/keys`, keys]]),
        nowMs: NOW_MS,
      });
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

  test('a token of the tenant, of either version, and a key beside it while one replaces the other', () => {
    expect(verify(bearer(token()))).not.toThrow();
    const second = token({
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      azp: APP,
      appid: undefined,
    });
    expect(verify(bearer(second))).not.toThrow();
    const both = ['a key in the address, the newer', SECRET];
    expect(verify({ 'x-address-key': 'a key in the address, the newer' }, both)).not.toThrow();
    expect(verify(bearer(token()), both)).not.toThrow();
  });

  test.each([
    ['another audience', token({ aud: 'api://other' })],
    ['another tenant', token({ iss: 'https://sts.windows.net/44444444-4444-4444-8444-444444444444/' })],
    ['another app', token({ appid: TENANT })],
    ['a token that ended', token({ exp: nowS - 301 })],
    ['a token that never ends', token({ exp: undefined })],
    ['a token that is not valid yet', token({ nbf: nowS + 301 })],
    ['another key', token({}, other.privateKey)],
    ['a key that is not published', token({}, privateKey, 'k2')],
    [
      'no algorithm',
      `${Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    ],
    [
      'the public key as a secret',
      sign(claims, publicKey.export({ format: 'pem', type: 'spki' }).toString(), {
        algorithm: 'HS256',
        keyid: 'k1',
        allowInvalidAsymmetricKeyTypes: true,
        allowInsecureKeySizes: true,
      }),
    ],
    ['nonsense', 'a.b.c'],
  ])('%s is refused', (_name, text) => {
    expect(verify(bearer(text))).toThrow('Refused');
  });

  test('a short key opens nothing, nor does the text of a secret for Entra, nor none at all', () => {
    expect(verify({ 'x-address-key': 'short' }, ['short'])).toThrow('Refused');
    expect(verify({ 'x-address-key': SECRET })).toThrow('Refused');
    expect(verify({}, [''])).toThrow('Refused');
  });

  test('the whole way: with a token a business event leads to its transaction', async () => {
    const till = webhookFixture({ secrets: { 'webhook-dynamics-commerce': [SECRET] }, keys });
    const body = JSON.stringify([
      { ...commerceKey, BusinessEventId: 'E', EventId: '1', EventTime: '/Date(1772449200000)/' },
      { BusinessEventId: 'VendorInvoicePosted', EventId: '2', EventTime: '/Date(1772449200000)/' },
      { ...commerceKey, BusinessEventId: 'E', EventId: '3', EventTime: 'noon' },
    ]);
    const post = (headers: Record<string, string>) =>
      till.post(body, { source: 'dynamics-commerce', unsigned: true, headers });
    expect((await post(bearer(token()))).status).toBe(200);
    expect(till.hydrations).toMatchObject([
      { object: 'transaction', id: JSON.stringify(KEY), version: AT_MS },
    ]);
    expect(till.letters.map(({ code }) => code)).toEqual(['unsupported-event-type', 'schema']);
    expect((await post(bearer(token({ aud: 'other' })))).status).toBe(401);
  });

  test('keys are kept for an hour, and longer while their issuer is away', async () => {
    const clock = { nowMs: NOW_MS };
    let answer: () => Promise<Response> = () => Promise.resolve(Response.json({ keys }));
    let asked = 0;
    const keySets = cachedKeySets({
      clock: () => clock.nowMs,
      fetchFrom: () => {
        asked += 1;
        return answer();
      },
    });
    const url = 'https://login.example/keys';
    expect((await keySets([url])).get(url)).toHaveLength(1);
    await keySets([url]);
    expect(asked).toBe(1);
    clock.nowMs += 3_600_001;
    answer = () => Promise.reject(new Error('away'));
    expect((await keySets([url])).get(url)).toHaveLength(1);
    expect(asked).toBe(2);
    await expect(keySets(['https://login.example/other'])).rejects.toMatchObject({ code: 'unavailable' });
  });
});
