import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { businessDate } from '../../shared/ids.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { HydrateContext, ListedObject, ListPage } from '../../shared/pos/sources/source.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import type { FakeVendor } from '../support/vendors/fake-vendor.ts';
import { startFakeVendor } from '../support/vendors/fake-vendor.ts';
import { THROTTLED } from '../support/vendors/shopify-vendor.ts';
import { startFakeSquare } from '../support/vendors/square-vendor.ts';
import { startFakeStripe } from '../support/vendors/stripe-vendor.ts';
import { LISTED } from '../support/vendors/vendor-day.ts';
import { DAY } from '../support/vendors/day.ts';
import { CATALOG } from '../support/webhook-fixture.ts';

const context: HydrateContext = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-03T06:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  nowMs: Date.parse('2026-03-03T06:00:00Z'),
};

async function page(source: string, vendor: FakeVendor, cursor?: string): Promise<ListPage> {
  const { list } = sourceNamed(source) ?? {};
  if (!list) throw new Error('no list');
  const api = vendorApi({
    source,
    access: list.access,
    apiUrl: vendor.url,
    token: 'token',
    fetchFrom: fetch,
  });
  const query = { ...DAY, businessDate: businessDate(DAY.businessDate), location: 'LSQ1' };
  return list.page(cursor === undefined ? query : { ...query, cursor }, api, context);
}

async function all(source: string, vendor: FakeVendor): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  let cursor: string | undefined;
  do {
    const got: ListPage = await page(source, vendor, cursor);
    found.push(...got.objects);
    cursor = got.next;
  } while (cursor !== undefined);
  return found;
}

const vendors: FakeVendor[] = [];
const kept = async (starting: Promise<FakeVendor>): Promise<FakeVendor> => {
  const vendor = await starting;
  vendors.push(vendor);
  return vendor;
};
afterEach(() => Promise.all(vendors.splice(0).map((vendor) => vendor.stop())));

describe('a vendor that limits, fails or answers in another form', () => {
  test.each(LISTED)('%s: what may pass is transient, and says for how long', async (source) => {
    const vendor = await kept(startFakeVendor({ answer: () => ({ orders: 'moved' }), burst: 1 }));
    await expect(page(source, vendor)).rejects.toMatchObject({ code: 'schema' });
    await expect(page(source, vendor)).rejects.toMatchObject({
      code: 'vendor-throttled',
      retryAfterMs: 1_000,
    });
    vendor.faults.push(503, 401);
    await expect(page(source, vendor)).rejects.toMatchObject({ code: 'vendor-unavailable' });
    await expect(page(source, vendor)).rejects.toMatchObject({ code: 'vendor-unauthorized' });
  });

  test('Shopify throttles with status 200', async () => {
    const vendor = await kept(startFakeVendor({ answer: () => THROTTLED }));
    await expect(page('shopify', vendor)).rejects.toMatchObject({ code: 'vendor-throttled' });
  });

  test('a cursor of another version is an error, not the first page again', async () => {
    const vendor = await kept(startFakeSquare({ orders: [], payments: [], refunds: [] }));
    await expect(page('square', vendor, 'shifts:1')).rejects.toMatchObject({ code: 'bad-cursor' });
  });
});

describe('Square', () => {
  const at = '2026-03-02T11:00:00Z';
  const money = { amount: 500, currency: 'EUR' };

  test('payments and refunds that name no order are listed, those of orders are not', async () => {
    const payment = { location_id: 'LSQ1', created_at: at, status: 'COMPLETED', amount_money: money };
    const refund = { location_id: 'LSQ1', created_at: at, status: 'COMPLETED', amount_money: money };
    const vendor = await kept(
      startFakeSquare({
        orders: [],
        payments: [
          { ...payment, id: 'ALONE' },
          { ...payment, id: 'OF', order_id: 'O' },
          { ...payment, id: 'FAILED', status: 'FAILED' },
          { ...payment, id: 'ELSEWHERE', location_id: 'LSQ2' },
          { ...payment, id: 'NEXT-DAY', created_at: '2026-03-03T03:00:00Z' },
        ],
        refunds: [
          { ...refund, id: 'R-ALONE' },
          { ...refund, id: 'R-OF', order_id: 'O' },
          { ...refund, id: 'R-REJECTED', status: 'REJECTED' },
        ],
      }),
    );
    const found = await all('square', vendor);
    expect(found.map(({ object, id }) => [object, id])).toEqual([
      ['payment', 'ALONE'],
      ['refund', 'R-ALONE'],
    ]);
    // The same dead letter as its webhook makes: one refund is one decision.
    expect(found[1]?.read?.rejected).toMatchObject([
      { code: 'refund-without-order', ask: { object: 'refund', id: 'R-ALONE' } },
    ]);
  });

  test('an order of the till app has no version: its last change stands for it', async () => {
    const order = { id: 'POS', location_id: 'LSQ1', state: 'COMPLETED', updated_at: at };
    const vendor = await kept(startFakeSquare({ orders: [order], payments: [], refunds: [] }));
    expect(await all('square', vendor)).toEqual([
      {
        object: 'order',
        id: 'POS',
        version: 0,
        transactions: [{ transactionId: 'POS', version: Date.parse(at) }],
      },
    ]);
  });
});

describe('Stripe', () => {
  const created = DAY.fromMs / 1_000 + 60;
  const event = (id: string, type: string, object: object) => ({
    id,
    type,
    livemode: true,
    created,
    data: { object },
  });
  const card = (offline?: object) => ({ card_present: { offline } });

  test('refunds of which there is no event are found; of online payments none are; a test is none', async () => {
    const refund = {
      id: 're_1',
      object: 'refund',
      payment_intent: 'pi_1',
      status: 'succeeded',
      amount: 1,
      currency: 'eur',
      created,
    };
    const vendor = await kept(
      startFakeStripe({
        payments: [],
        refunds: [
          refund,
          { ...refund, id: 're_2', status: 'pending' },
          { ...refund, id: 're_3', status: 'failed' },
        ],
        events: [
          event('evt_1', 'charge.captured', {
            id: 'ch_1',
            object: 'charge',
            payment_intent: 'pi_1',
            payment_method_details: {},
          }),
          event('evt_2', 'payment_intent.succeeded', {
            id: 'pi_2',
            object: 'payment_intent',
            payment_method_types: ['card'],
          }),
          {
            ...event('evt_3', 'charge.captured', {
              id: 'ch_3',
              object: 'charge',
              payment_intent: 'pi_3',
              payment_method_details: card(),
            }),
            livemode: false,
          },
        ],
      }),
    );
    const found = await all('stripe', vendor);
    expect(found.map(({ transactions }) => transactions)).toEqual([
      [{ transactionId: 'pi_1-re_1', version: 1 }],
      [{ transactionId: 'pi_1-re_3', version: 2 }],
    ]);
  });

  test('a payment that was taken offline and declined later is always looked at', async () => {
    const charge = {
      id: 'ch_1',
      object: 'charge',
      status: 'failed',
      payment_intent: 'pi_1',
      payment_method_details: card({ stored_at: created }),
    };
    const declined = { ...charge, id: 'ch_2', payment_intent: 'pi_2', payment_method_details: card() };
    const events = [event('evt_1', 'charge.failed', charge), event('evt_2', 'charge.failed', declined)];
    const vendor = await kept(startFakeStripe({ payments: [], refunds: [], events }));
    expect(await all('stripe', vendor)).toEqual([
      { object: 'payment_intent', id: 'pi_1', version: 0, transactions: [] },
    ]);
  });
});
