import { vendorApi } from '../../functions/webhooks/vendor-api.ts';
import { businessDate } from '../../shared/ids.ts';
import { indexCatalog, type Catalog } from '../../shared/pos/master-data.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { HydrateContext, ListedObject, ListPage, ListQuery } from '../../shared/pos/sources/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { CASH, MERCHANT, cloverOrder, cloverPayment, type CloverFixture } from '../support/clover-server.ts';
import { commerceHeader } from '../support/dynamics-commerce-rows.ts';
import { toastOrder } from '../support/toast-orders.ts';
import { startFakeClover } from '../support/vendors/clover-vendor.ts';
import { startFakeCommerce } from '../support/vendors/commerce-vendor.ts';
import { DAY } from '../support/vendors/day.ts';
import { startFakeVendor, type FakeVendor } from '../support/vendors/fake-vendor.ts';
import { startFakeLightspeed } from '../support/vendors/lightspeed-vendor.ts';
import { startFakeToast } from '../support/vendors/toast-vendor.ts';
import { startFakeZettle } from '../support/vendors/zettle-vendor.ts';
import { CATALOG } from '../support/webhook-fixture.ts';
import { STORE, inApiForm, zettleProduct, zettlePurchase } from '../support/zettle-messages.ts';

const context: HydrateContext = {
  catalog: CATALOG,
  pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
  receivedAt: '2026-03-03T06:00:00.000Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  nowMs: Date.parse('2026-03-03T06:00:00Z'),
};
const WINDOW = { ...DAY, businessDate: businessDate(DAY.businessDate) };

const vendors: FakeVendor[] = [];
const kept = async (starting: Promise<FakeVendor>): Promise<FakeVendor> => {
  const vendor = await starting;
  vendors.push(vendor);
  return vendor;
};
afterEach(() => Promise.all(vendors.splice(0).map((vendor) => vendor.stop())));

async function all(
  source: string,
  vendor: FakeVendor,
  query: Partial<ListQuery> & { readonly catalog?: Catalog; readonly between?: () => void } = {},
): Promise<ListedObject[]> {
  const { list } = sourceNamed(source) ?? {};
  if (!list) throw new Error('no list');
  const { catalog = CATALOG, between, ...more } = query;
  const api = vendorApi({
    source,
    access: list.access,
    apiUrl: vendor.url,
    token: 'token',
    fetchFrom: fetch,
  });
  const found: ListedObject[] = [];
  let cursor: string | undefined;
  do {
    const asked: ListQuery = { ...WINDOW, ...more, ...(cursor === undefined ? {} : { cursor }) };
    const got: ListPage = await list.page(asked, api, { ...context, catalog });
    found.push(...got.objects);
    cursor = got.next;
    between?.();
  } while (cursor !== undefined);
  return found;
}
const idsOf = (found: readonly ListedObject[]): Set<string> => new Set(found.map(({ id }) => id));

describe('pages that are numbered', () => {
  const HOUR = { fromMs: DAY.fromMs, toMs: DAY.fromMs + 3_600_000 };

  test('TiendaNube/api-docs#22, with Toast: an order that changes while it is listed hides no other', async () => {
    const at = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');
    const orders = Array.from({ length: 330 }, (_, index) => ({
      ...toastOrder(),
      guid: `order-${index}`,
      modifiedDate: at(HOUR.fromMs + index * 10_000),
    }));
    const before = orders.map(({ guid }) => `rest-1/${guid}`);
    const vendor = await kept(startFakeToast({ orders }));
    let next = 0;
    const between = (): void => {
      // Somebody adjusts a tip: the order leaves the window by its front.
      const changed = orders.findIndex(({ guid }) => guid === `order-${next}`);
      orders.push({ ...orders.splice(changed, 1)[0]!, modifiedDate: at(HOUR.toMs + 60_000) });
      next += 1;
    };
    const found = idsOf(await all('toast', vendor, { ...HOUR, location: 'rest-1', between }));
    // What left the window is of the next one; of all others none is missing.
    for (const id of before.slice(next)) expect(found).toContain(id);
  });

  test('mirakl/sdk-php-shop#36, with Clover: more orders in one second than a page holds', async () => {
    const orders = new Map<string, CloverFixture>();
    for (let index = 0; index < 250; index += 1) {
      const id = `ORDER${index}`;
      const modifiedTime = HOUR.fromMs + 1_000 + (index % 7);
      const payment = cloverPayment(`P${index}`, 100, 0, {
        order: { id },
        tender: CASH,
        modifiedTime,
        createdTime: 1,
      });
      orders.set(id, { order: cloverOrder({ id, modifiedTime }), payments: [payment] });
    }
    const vendor = await kept(startFakeClover({ orders, cash: [] }));
    const found = await all('clover', vendor, { ...HOUR, location: MERCHANT });
    expect(idsOf(found).size).toBe(250);
    expect(vendor.asked.length).toBeLessThan(60);
  });

  test.each(['1-2', 'x-1-1', `${DAY.fromMs}-0-1`, `${DAY.fromMs}--5-1`, `${DAY.toMs}-1-1`])(
    'a cursor that is no slice of the window is an error: %s',
    async (cursor) => {
      const vendor = await kept(startFakeToast({ orders: [] }));
      const asking = all('toast', vendor, { location: 'rest-1', cursor });
      await expect(asking).rejects.toMatchObject({ code: 'bad-cursor' });
      expect(vendor.asked).toEqual([]);
    },
  );
});

describe('Clover', () => {
  const paid = (id: string, more: object = {}) =>
    cloverPayment(`P-${id}`, 100, 0, {
      order: { id },
      modifiedTime: DAY.fromMs + 5_000,
      createdTime: DAY.fromMs + 5_000,
      ...more,
    });
  const order = (id: string, more: object = {}) =>
    cloverOrder({ id, modifiedTime: DAY.fromMs + 9_000, ...more });

  test('a tip or a refund of today is listed, though its order was last changed on another day', async () => {
    const yesterday = { modifiedTime: DAY.fromMs - 86_400_000 };
    const refunds = [
      {
        id: 'R1',
        amount: 100,
        createdTime: DAY.fromMs + 7_000,
        payment: { id: 'P-BACK', order: { id: 'BACK' } },
      },
    ];
    const vendor = await kept(
      startFakeClover({
        orders: new Map<string, CloverFixture>([
          ['TIPPED', { order: order('TIPPED', yesterday), payments: [paid('TIPPED', { tipAmount: 20 })] }],
          ['BACK', { order: order('BACK', yesterday), payments: [paid('BACK', yesterday)], refunds }],
        ]),
        cash: [],
      }),
    );
    expect(
      (await all('clover', vendor, { location: MERCHANT })).map(({ transactions }) => transactions),
    ).toEqual([
      [{ transactionId: 'TIPPED', version: DAY.fromMs + 5_000 }],
      [{ transactionId: 'BACK-RR1', version: DAY.fromMs + 7_000 }],
    ]);
  });

  test('what needs no event is left out; what a person decides about is fetched', async () => {
    const vendor = await kept(
      startFakeClover({
        orders: new Map<string, CloverFixture>([
          ['OPEN', { order: order('OPEN') }],
          ['TEST', { order: order('TEST', { testMode: true }), payments: [paid('TEST')] }],
          ['AUTH', { order: order('AUTH'), payments: [paid('AUTH', { result: 'AUTH' })] }],
          [
            'DECLINED',
            { order: order('DECLINED'), payments: [paid('DECLINED', { result: 'FAIL', offline: true })] },
          ],
          ['ODD', { order: order('ODD'), payments: [paid('ODD', { result: 'DISCOUNT' })] }],
          ['BACK', { order: order('BACK'), credits: [{ id: 'C1', createdTime: DAY.fromMs + 8_000 }] }],
        ]),
        cash: [{ type: 'TRANSACTION', amountChange: 5, timestamp: DAY.fromMs + 1 }],
      }),
    );
    const found = (await all('clover', vendor, { location: MERCHANT })).filter(
      ({ object }) => object === 'order',
    );
    expect(found.map(({ id, transactions }) => [id.split('/')[1], transactions])).toEqual([
      ['DECLINED', []],
      ['ODD', []],
      ['BACK', [{ transactionId: 'BACK-CC1', version: DAY.fromMs + 8_000 }]],
      // Of the list of payments: a test order says so only when it is asked for.
      ['TEST', [{ transactionId: 'TEST', version: DAY.fromMs + 5_000 }]],
    ]);
  });
});

describe('Zettle', () => {
  const purchase = (number: number, more: Readonly<Record<string, unknown>> = {}) =>
    inApiForm({
      ...zettlePurchase(100, 20, more),
      purchaseUuid: `7cdf4ae2-a110-11eb-a7f9-00000000000${number}`,
      created: '2026-03-02T11:00:00.000+0000',
    });
  const nowhere = { products: [zettleProduct(100, { fromLocationUuid: null, toLocationUuid: null })] };
  const [berlin] = [...CATALOG.stores.values()];
  const withSecondStore = indexCatalog(
    [
      storeSchema.parse({ ...berlin }),
      storeSchema.parse({
        ...berlin,
        storeId: 'berlin-2',
        sourceLocations: { zettle: ['another-location'] },
      }),
    ],
    [...CATALOG.products.values()],
  );

  test('a purchase that names no location is of the place that is listed, where that is clear', async () => {
    const vendor = await kept(startFakeZettle({ purchases: [purchase(1, nowhere)] }));
    const storesOf = async (catalog: Catalog, location: string) =>
      (await all('zettle', vendor, { location, catalog })).map(
        ({ read }) => read?.events[0]?.storeId ?? read?.rejected[0]?.code,
      );
    expect(await storesOf(CATALOG, STORE)).toEqual(['berlin-1']);
    expect(await storesOf(withSecondStore, STORE)).toEqual(['berlin-1']);
  });

  test('where an organisation has several stores nothing says it: a person decides', async () => {
    const vendor = await kept(startFakeZettle({ purchases: [purchase(1, nowhere), purchase(2)] }));
    const found = await all('zettle', vendor, { location: STORE, catalog: withSecondStore });
    expect(found.map(({ read }) => read?.events[0]?.storeId ?? read?.rejected[0]?.where)).toEqual([
      '/organizationUuid',
      'berlin-1',
    ]);
    expect(found[0]?.transactions).toEqual([]);
  });

  test('the last page names a purchase too: the list ends with an empty page, and never turns in a circle', async () => {
    const vendor = await kept(startFakeZettle({ purchases: [purchase(1), purchase(2)] }, { maxPage: 1 }));
    expect(await all('zettle', vendor, { location: STORE })).toHaveLength(2);
    expect(vendor.asked).toHaveLength(3);
    const stuck = await kept(
      startFakeVendor({ answer: () => ({ purchases: [purchase(1)], lastPurchaseHash: 'same' }) }),
    );
    expect(await all('zettle', stuck, { location: STORE })).toHaveLength(2);
  });
});

describe('Lightspeed X', () => {
  const sale = (number: number, ms: number, more: object = {}) => ({
    id: `sale-${number}`,
    register_id: 'reg-1',
    status: 'CLOSED',
    version: 27_000_000_000 + number * 1_000,
    sale_date: new Date(ms).toISOString(),
    updated_at: new Date(ms).toISOString().slice(0, 19).replace('T', ' '),
    line_items: [{ product_id: 'p', quantity: 1, price_total: 1, tax_total: 0 }],
    payments: [{ name: 'Cash', amount: 1, payment_date: new Date(ms).toISOString() }],
    ...more,
  });
  const world = (sales: ReturnType<typeof sale>[]) => ({ sales, products: new Map(), taxes: [] });

  test('the beginning of the window is found among years of sales, in few calls', async () => {
    const hour = 3_600_000;
    const sales = Array.from({ length: 5_000 }, (_, number) =>
      sale(number, DAY.toMs + 24 * hour - (5_000 - number) * hour),
    );
    const vendor = await kept(startFakeLightspeed(world(sales)));
    const found = await all('lightspeed-x', vendor);
    expect(found).toHaveLength(24);
    expect(vendor.asked.length).toBeLessThan(60);
  });

  test.each([0, 1, 7])('an account with %i sales', async (count) => {
    const sales = Array.from({ length: count }, (_, number) => sale(number, DAY.fromMs + number * 60_000));
    const vendor = await kept(startFakeLightspeed(world(sales), { maxPage: 2 }));
    expect(await all('lightspeed-x', vendor)).toHaveLength(count);
  });

  test('parked sales are left out; one that was paid, and one of an outlet that is not listed, are fetched', async () => {
    const at = DAY.fromMs + 60_000;
    const vendor = await kept(
      startFakeLightspeed(
        world([
          sale(1, at, { status: 'SAVED', payments: [] }),
          sale(2, at, { status: 'SAVED' }),
          sale(3, at, { register_id: 'elsewhere' }),
          sale(4, at, { deleted_at: new Date(at).toISOString() }),
        ]),
      ),
    );
    const found = await all('lightspeed-x', vendor);
    expect(found.map(({ id, transactions }) => [id, transactions.length])).toEqual([
      ['sale-2', 0],
      ['sale-3', 0],
      ['sale-4', 2],
    ]);
  });

  test('a list that does not go on is an error, not a list without end', async () => {
    const stuck = await kept(startFakeVendor({ answer: () => ({ data: [sale(1, DAY.fromMs + 1)] }) }));
    await expect(all('lightspeed-x', stuck, { cursor: 'sales:27000001000' })).rejects.toMatchObject({
      code: 'schema',
    });
  });
});

describe('Dynamics 365 Commerce', () => {
  const world = (headers: object[]) => ({ headers: headers as never[], lines: [], payments: [], taxes: [] });

  test('sign-ons are left out, drawers are told by their event, other days are said', async () => {
    const header = (number: string, more: Readonly<Record<string, unknown>> = {}) =>
      commerceHeader({ TransactionNumber: number, ...more });
    const vendor = await kept(
      startFakeCommerce(
        world([
          header('1'),
          header('2', { TransactionType: 'LogOn' }),
          header('3', { TransactionType: 'BankDrop' }),
          header('4', { BusinessDate: '2026-02-28T12:00:00Z' }),
          header('5', { BusinessDate: '2026-03-03T12:00:00Z' }),
          header('6', { BusinessDate: '2026-02-20T12:00:00Z' }),
        ]),
        { maxPage: 2 },
      ),
    );
    const found = await all('dynamics-commerce', vendor, { location: 'HOUSTON' });
    expect(
      found.map(({ id, transactions, events, businessDate: date }) => [
        (JSON.parse(id) as string[])[3],
        transactions.map((one) => one.transactionId),
        events,
        date,
      ]),
    ).toEqual([
      ['1', ['HOUSTON-HOUSTON-3-2026-03-02-1'], undefined, '2026-03-02'],
      ['3', [], ['dynamics-commerce:HOUSTON-HOUSTON-3-2026-03-02-3'], '2026-03-02'],
      ['4', ['HOUSTON-HOUSTON-3-2026-02-28-4'], undefined, '2026-02-28'],
    ]);
    // Noon in Berlin: a notice of it is never older.
    expect(found[0]?.version).toBe(Date.parse('2026-03-02T11:00:00Z'));
  });

  test.each(['https://evil.example/data/Vendors?x=1', 'javascript:1', '/data/RetailTransactions'])(
    'a next page that is none of the list is refused: %s',
    async (link) => {
      const vendor = await kept(startFakeVendor({ answer: () => ({ value: [], '@odata.nextLink': link }) }));
      await expect(all('dynamics-commerce', vendor, { location: 'HOUSTON' })).rejects.toMatchObject({
        code: 'schema',
      });
    },
  );
});
