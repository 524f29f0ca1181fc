import { describeGolden } from '../support/golden-source.ts';
import { createHmac } from 'node:crypto';
import { imbalanceOf } from '../../shared/ledger/posting.ts';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { stripeSource } from '../../shared/pos/sources/stripe/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { isInForce } from '../../shared/pos/transaction-versions.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { CATALOG, NOW_MS, webhookFixture } from '../support/webhook-fixture.ts';

describeGolden(stripeSource);

const AT_S = Date.parse('2026-03-02T11:00:00Z') / 1000;
const about = {
  receivedAt: '2026-03-02T12:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};
const catalogIn = (currency: string) =>
  indexCatalog(
    [
      storeSchema.parse({
        ...CATALOG.stores.values().next().value,
        currency,
        sourceLocations: { stripe: ['B1', 'tml_1'] },
      }),
    ],
    [],
  );

const payment = (more: object = {}, charge: object = {}, cardPresent: object = {}) => ({
  id: 'pi_1',
  livemode: true,
  status: 'succeeded',
  currency: 'eur',
  amount: 1000,
  amount_received: 1000,
  created: AT_S - 5,
  metadata: { store: 'B1', till: 'T1', receipt: '0001', operator: 'op' },
  latest_charge: {
    id: 'ch_1',
    status: 'succeeded',
    created: AT_S,
    payment_method_details: { card_present: { last4: '4242', ...cardPresent } },
    ...charge,
  },
  ...more,
});
const refund = (id: string, status: string, amount = 400) => ({
  id,
  status,
  amount,
  currency: 'eur',
  created: AT_S + 86_400,
});

async function ask(found: object, refunds: readonly object[] = [], currency = 'EUR', hasMore = false) {
  const { hydration } = stripeSource;
  if (hydration === undefined) throw new Error('no hydration');
  const request = { source: 'stripe', object: 'payment_intent', id: 'pi_1', version: 0, ...about };
  const result = await hydration.hydrate(
    request,
    {
      get: (path) =>
        Promise.resolve(path.startsWith('/v1/refunds') ? { has_more: hasMore, data: refunds } : found),
      post: () => Promise.reject(new Error('not used here')),
    },
    {
      ...about,
      nowMs: NOW_MS,
      catalog: catalogIn(currency),
      pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
    },
  );
  const events = result.events.filter((event) => event.kind === 'transaction');
  for (const event of events.filter(isInForce))
    expect(imbalanceOf(postingsOfTransaction(event, PROFILE).postings)).toBe(0);
  const books = events.map((event) =>
    isInForce(event)
      ? postingsOfTransaction(event, PROFILE).postings.map((one) => [one.account, one.amountMinor])
      : [],
  );
  return { result, events, books };
}

test('a payment is a sale of an unnamed item, and says so', async () => {
  const { events, books } = await ask(payment());
  expect(events).toMatchObject([
    {
      eventId: 'stripe:pi_1:1',
      storeId: 'berlin-1',
      tillId: 'T1',
      receiptNumber: '0001',
      occurredAt: '2026-03-02T11:00:00.000Z',
      offline: false,
      quality: ['payment-without-order', 'unknown-product'],
    },
  ]);
  expect(books).toEqual([
    [
      ['110200', 1000],
      ['401000', -1000],
    ],
  ]);
});

test('a tip with the capture, and a partial capture: what was received counts, not what was asked', async () => {
  const tipped = await ask(payment({ amount_received: 1150, amount_details: { tip: { amount: 150 } } }));
  expect(tipped.books).toEqual([
    [
      ['110200', 1150],
      ['401000', -1000],
      ['261700', -150],
    ],
  ]);
  const partial = await ask(payment({ amount_received: 700 }));
  expect(partial.books).toEqual([
    [
      ['110200', 700],
      ['401000', -700],
    ],
  ]);
  const odd = await ask(payment({ amount_received: 100, amount_details: { tip: { amount: 150 } } }));
  expect(odd.events[0]?.quality).toContain('totals-disagree');
});

test.each([
  ['jpy', 1500, 1500],
  ['clp', 1500, 1500],
  ['kwd', 1500, 1500],
  ['bhd', 12_340, 12_340],
  ['isk', 150_000, 1500],
  ['ugx', 150_000, 1500],
  ['mga', 1500, 150_000],
  ['huf', 150_000, 150_000],
])('%s: %d of Stripe are %d minor units', async (currency, sent, minor) => {
  const { events } = await ask(payment({ currency, amount_received: sent }), [], currency.toUpperCase());
  expect(events[0]).toMatchObject({ currency: currency.toUpperCase(), totals: { grossMinor: minor } });
  expect(events[0]?.quality).not.toContain('amount-rounded');
});

test('a fraction of a krona that can not be is rounded, and said', async () => {
  const { events } = await ask(payment({ currency: 'isk', amount_received: 150_050 }), [], 'ISK');
  expect(events[0]).toMatchObject({ totals: { grossMinor: 1501 } });
  expect(events[0]?.quality).toContain('amount-rounded');
});

test('a refund counts on its own day; one that is pending does not, and one that failed takes its booking back', async () => {
  const { events, books, result } = await ask(payment(), [
    refund('re_1', 'succeeded'),
    refund('re_2', 'pending'),
  ]);
  expect(events.map(({ transactionId, businessDate }) => [transactionId, businessDate])).toEqual([
    ['pi_1', '2026-03-02'],
    ['pi_1-re_1', '2026-03-03'],
  ]);
  expect(books[1]).toEqual([
    ['110200', -400],
    ['401000', 400],
  ]);
  expect(result.ignored).toMatchObject([{ reason: 'refund-pending' }]);
  const failed = await ask(payment(), [refund('re_1', 'failed')]);
  expect(failed.events[1]).toMatchObject({
    transactionId: 'pi_1-re_1',
    status: 'cancelled',
    tenders: [],
    version: 2,
  });
  await expect(ask(payment(), [refund('re_1', 'new-state')])).rejects.toMatchObject({ code: 'schema' });
  await expect(ask(payment(), [], 'EUR', true)).rejects.toMatchObject({ code: 'too-many-refunds' });
});

test('offline: it happened when it was stored; declined later, it is nothing that may pass in silence', async () => {
  const offline = { offline: { stored_at: AT_S - 7200 } };
  const { events } = await ask(payment({}, {}, offline));
  expect(events[0]).toMatchObject({ offline: true, occurredAt: '2026-03-02T09:00:00.000Z' });
  const declined = payment(
    { status: 'requires_payment_method', amount_received: 0 },
    { status: 'failed' },
    offline,
  );
  await expect(ask(declined)).rejects.toMatchObject({ code: 'offline-payment-declined' });
});

test.each([
  ['not captured', payment({ status: 'requires_capture', amount_received: 0 }), 'payment-without-money'],
  ['of the internet', payment({}, { payment_method_details: { card: {} } }), 'not-in-person'],
  ['in test mode', payment({ livemode: false }), 'test-payment'],
])('a payment that is %s counts nowhere', async (_name, found, reason) => {
  expect((await ask(found)).result).toMatchObject({ events: [], ignored: [{ reason }] });
});

test('the store is in the metadata, else the location of the reader; without either it is a dead letter', async () => {
  const { events } = await ask(payment({ metadata: {} }, {}, { location: 'tml_1', reader: 'tmr_1' }));
  expect(events[0]).toMatchObject({ storeId: 'berlin-1', tillId: 'tmr_1' });
  await expect(ask(payment({ metadata: {} }))).rejects.toMatchObject({
    code: 'schema',
    where: '/metadata/store',
  });
});

test('an Interac payment is one in person', async () => {
  expect((await ask(payment({}, { payment_method_details: { interac_present: {} } }))).events).toHaveLength(
    1,
  );
});

describe('the signature', () => {
  const body = '{"id":"evt_1"}';
  const nowS = NOW_MS / 1000;
  const v1 = (secret: string, atS: number) =>
    createHmac('sha256', secret).update(`${atS}.${body}`).digest('hex');
  const verify = (header: string) => () =>
    stripeSource.verify({
      header: () => header,
      body: Buffer.from(body),
      secrets: ['whsec_b', 'whsec_a'],
      notificationUrl: '',
      nowMs: NOW_MS,
    });

  test('any v1 of any secret fits, v0 does not; old is refused, ahead is not', () => {
    expect(verify(`t=${nowS},v1=${v1('whsec_x', nowS)},v1=${v1('whsec_a', nowS)}`)).not.toThrow();
    expect(verify(`t=${nowS},v0=${v1('whsec_a', nowS)}`)).toThrow('Refused');
    // The key is the whole text.
    expect(verify(`t=${nowS},v1=${v1('a', nowS)}`)).toThrow('Refused');
    expect(verify(`t=${nowS - 301},v1=${v1('whsec_a', nowS - 301)}`)).toThrow('five minutes');
    expect(verify(`t=${nowS + 3600},v1=${v1('whsec_a', nowS + 3600)}`)).not.toThrow();
    for (const odd of ['', 't=', 't=x,v1=', `v1=${v1('whsec_a', nowS)}`])
      expect(verify(odd)).toThrow('Refused');
  });
});

test.each([
  ['payment_intent.succeeded', { id: 'pi_1', object: 'payment_intent' }],
  ['charge.captured', { id: 'ch_1', object: 'charge', payment_intent: 'pi_1' }],
  ['refund.failed', { id: 're_1', object: 'refund', payment_intent: 'pi_1' }],
  ['payout.paid', { id: 'po_1', object: 'payout' }],
])('%s leads to its payment, or is a dead letter', async (type, object) => {
  const till = webhookFixture({ secrets: { 'webhook-stripe': ['whsec_s'] } });
  const body = Buffer.from(JSON.stringify({ id: 'evt_1', type, livemode: true, data: { object } }));
  const headers = stripeSource.sign({ body, secret: 'whsec_s', notificationUrl: '', nowMs: NOW_MS });
  expect((await till.post(body, { source: 'stripe', unsigned: true, headers })).status).toBe(200);
  expect(till.hydrations.map(({ id }) => id)).toEqual(type === 'payout.paid' ? [] : ['pi_1']);
  expect(till.letters).toHaveLength(type === 'payout.paid' ? 1 : 0);
});
