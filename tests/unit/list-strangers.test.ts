/** What others ran into with the lists of these vendors, and what is right there. */
import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { placesOf } from '../../functions/webhooks/backfill/places.ts';
import { businessDate } from '../../shared/ids.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { NO_SENDERS } from '../../shared/pos/senders.ts';
import { SOURCES, sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { HydrateContext, ListPage } from '../../shared/pos/sources/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { backFillWorld } from '../support/back-fill-world.ts';
import { commerceHeader } from '../support/dynamics-commerce-rows.ts';
import { startFakeCommerce } from '../support/vendors/commerce-vendor.ts';
import { DAY } from '../support/vendors/day.ts';
import { startFakeVendor, type FakeVendor } from '../support/vendors/fake-vendor.ts';
import { startFakeLightspeed } from '../support/vendors/lightspeed-vendor.ts';
import { startFakeZettle } from '../support/vendors/zettle-vendor.ts';
import { CATALOG } from '../support/webhook-fixture.ts';
import { inApiForm, zettlePurchase } from '../support/zettle-messages.ts';

const DATE = businessDate(DAY.businessDate);
const [berlin] = [...CATALOG.stores.values()];

const vendors: FakeVendor[] = [];
const kept = async (starting: Promise<FakeVendor>): Promise<FakeVendor> => {
  const vendor = await starting;
  vendors.push(vendor);
  return vendor;
};
afterEach(() => Promise.all(vendors.splice(0).map((vendor) => vendor.stop())));

const context: HydrateContext = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-03T06:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  nowMs: Date.parse('2026-03-03T06:00:00Z'),
};
function page(source: string, vendor: FakeVendor, location: string, cursor?: string): Promise<ListPage> {
  const list = sourceNamed(source)!.list!;
  const api = vendorApi({
    source,
    access: list.access,
    apiUrl: vendor.url,
    token: 'token',
    fetchFrom: fetch,
  });
  const query = { ...DAY, businessDate: DATE, location };
  return list.page(cursor === undefined ? query : { ...query, cursor }, api, context);
}
const purchase = (number: number, created: string) => ({
  ...inApiForm({
    ...zettlePurchase(100, 20),
    purchaseUuid: `7cdf4ae2-a110-11eb-a7f9-00000000000${number}`,
  }),
  created,
});

describe('Zettle', () => {
  test('iZettle/api-documentation#59: a purchase of yesterday that appears today is fetched with today', async () => {
    const purchases = [purchase(1, '2026-03-02T11:00:00.000+0000')];
    const vendor = await kept(startFakeZettle({ purchases }));
    const world = backFillWorld({ source: 'zettle', url: vendor.url });
    await world.run();
    await world.land();
    expect(world.events()).toHaveLength(1);
    // Rung up offline on the same day, sent on the next.
    purchases.push(purchase(2, '2026-03-02T12:00:00.000+0000'));
    world.clock.nowMs += 86_400_000;
    await world.run();
    expect(world.events().map(({ businessDate: date }) => date)).toEqual([DATE, DATE]);
    await world.land();
    await world.run();
    expect(world.events()).toHaveLength(2);
  });

  test('iZettle/api-documentation#47: a first request that fails and a second that does not lose nothing', async () => {
    const vendor = await kept(startFakeZettle({ purchases: [purchase(1, '2026-03-02T11:00:00.000+0000')] }));
    const world = backFillWorld({ source: 'zettle', url: vendor.url });
    vendor.faults.push(200, 500);
    await world.run();
    expect(await world.gaps.chains(DATE)).toMatchObject([{ state: 'open', attempts: 1 }]);
    world.clock.nowMs += 120_000;
    await world.run();
    expect(world.events()).toHaveLength(1);
  });

  test('slince/shopify-api-php#76: a day is that of the store, not of UTC', async () => {
    const vendor = await kept(startFakeZettle({ purchases: [] }));
    const store = { ...berlin, timeZone: 'Asia/Tokyo', sourceLocations: { zettle: ['L'] } };
    const catalog = indexCatalog([storeSchema.parse(store)], []);
    const [place] = placesOf(SOURCES, catalog, NO_SENDERS, DATE);
    const list = sourceNamed('zettle')!.list!;
    const api = vendorApi({
      source: 'zettle',
      access: list.access,
      apiUrl: vendor.url,
      token: 't',
      fetchFrom: fetch,
    });
    await list.page({ ...place!, businessDate: DATE }, api, context);
    // From four in the morning in Tokyo, and the day before it.
    expect(new URL(vendor.asked[0]!.slice(4), 'http://x').search).toContain(
      'startDate=2026-02-28T19%3A00&endDate=2026-03-02T19%3A00',
    );
  });

  test.each([
    ['2026-03-28', 23],
    ['2026-10-24', 25],
  ])('the date in which clocks change, %s, has %i hours', (date, hours) => {
    const places = placesOf(SOURCES, CATALOG, NO_SENDERS, businessDate(date));
    expect(new Set(places.map(({ fromMs, toMs }) => (toMs - fromMs) / 3_600_000))).toEqual(new Set([hours]));
  });
});

describe('Dynamics 365 Commerce', () => {
  const headers = Array.from({ length: 5 }, (_, index) => commerceHeader({ TransactionNumber: `N${index}` }));

  test('NangoHQ/integration-templates#610: the link of the next page is followed as it is, whatever it holds', async () => {
    const vendor = await kept(
      startFakeCommerce({ headers, lines: [], payments: [], taxes: [] }, { maxPage: 2 }),
    );
    const found: number[] = [];
    let cursor: string | undefined;
    do {
      const got = await page('dynamics-commerce', vendor, 'HOUSTON', cursor);
      found.push(got.objects.length);
      cursor = got.next;
      if (cursor !== undefined) expect(cursor).toContain('skiptoken');
    } while (cursor !== undefined);
    expect(found).toEqual([2, 2, 1]);
  });

  test('NangoHQ/integration-templates#600: companies beside that of the app are asked for as well', async () => {
    const vendor = await kept(startFakeCommerce({ headers, lines: [], payments: [], taxes: [] }));
    await page('dynamics-commerce', vendor, 'HOUSTON');
    expect(vendor.asked[0]).toContain('cross-company=true');
  });

  test('AleksandrRogov/DynamicsWebApi#164: a link that names its host twice is an error, not the end of the list', async () => {
    const link =
      'https://contoso.operations.dynamics.com/contoso.operations.dynamics.com/data/RetailTransactions?$skiptoken=1';
    const vendor = await kept(startFakeVendor({ answer: () => ({ value: [], '@odata.nextLink': link }) }));
    await expect(page('dynamics-commerce', vendor, 'HOUSTON')).rejects.toMatchObject({ code: 'schema' });
  });
});

describe('Lightspeed X', () => {
  const sales = Array.from({ length: 6 }, (_, index) => ({
    id: `sale-${index}`,
    register_id: 'reg-1',
    status: 'CLOSED',
    version: 100 + index,
    sale_date: '2026-03-02T11:00:00+00:00',
    updated_at: '2026-03-02T11:00:00+00:00',
    total_price: 1,
    total_tax: 0,
    line_items: [{ product_id: 'p', quantity: 1, price_total: 1, tax_total: 0 }],
    payments: [{ id: `p-${index}`, name: 'Cash', amount: 1, payment_date: '2026-03-02T11:00:00+00:00' }],
  }));

  test('ShoppinPal/StockUp#420: a token that ends in the middle costs no page, and no sale twice', async () => {
    const vendor = await kept(startFakeLightspeed({ sales, products: new Map(), taxes: [] }, { maxPage: 2 }));
    const world = backFillWorld({ source: 'lightspeed-x', url: vendor.url });
    // The search takes its steps; the token ends behind the first page of sales.
    const steps = Array.from({ length: 49 }, () => 200);
    vendor.faults.push(...steps);
    let runs = 0;
    do {
      vendor.faults.splice(0, vendor.faults.length, ...Array.from({ length: 8 }, () => 200), 401);
      await world.run();
      await world.land();
      world.clock.nowMs += 3_600_000;
      runs += 1;
    } while ((await world.gaps.chains(DATE))[0]?.state !== 'done' && runs < 60);
    expect((await world.gaps.chains(DATE))[0]?.state).toBe('done');
    const ids = world.events().map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(6);
    expect(ids).toHaveLength(6);
  });
});
