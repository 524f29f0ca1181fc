import fc from 'fast-check';
import { businessDate } from '../../shared/ids.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { publishable } from '../../shared/pos/publishable.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { cloverLine, cloverOrder, cloverPayment } from '../support/clover-server.ts';
import { sale } from '../support/ledger-fixtures.ts';
import { backFillWorld, Killed, type BackFillWorld } from '../support/back-fill-world.ts';
import { startFakeClover } from '../support/vendors/clover-vendor.ts';
import { CATALOG } from '../support/webhook-fixture.ts';
import { startFakeVendor, type FakeVendor } from '../support/vendors/fake-vendor.ts';
import { startFakeSquare, type SquareWorld } from '../support/vendors/square-vendor.ts';
import { DAY } from '../support/vendors/day.ts';
import { vendorDay } from '../support/vendors/vendor-day.ts';

const DATE = businessDate(DAY.businessDate);
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const at = '2026-03-02T11:00:00Z';
const order = (id: string, more: object = {}) => ({
  id,
  location_id: 'LSQ1',
  state: 'COMPLETED',
  version: 3,
  created_at: at,
  closed_at: at,
  updated_at: at,
  line_items: [{ quantity: '1', name: 'Milk', base_price_money: eur(119), total_money: eur(119) }],
  tenders: [{ id: `P-${id}`, type: 'CARD', amount_money: eur(119), created_at: at }],
  total_money: eur(119),
  ...more,
});

const vendors: FakeVendor[] = [];
async function square(world: Partial<SquareWorld>, options: Parameters<typeof startFakeSquare>[1] = {}) {
  const vendor = await startFakeSquare({ orders: [], payments: [], refunds: [], ...world }, options);
  vendors.push(vendor);
  return vendor;
}
afterEach(() => Promise.all(vendors.splice(0).map((vendor) => vendor.stop())));

const objectsOf = async (world: BackFillWorld) =>
  (await world.gaps.objects(DATE)).map(({ object, vendorId, state, reason }) => ({
    object,
    vendorId,
    state,
    reason,
  }));
const ofOrders = (world: BackFillWorld): string[] =>
  world
    .events()
    .map(({ eventId }) => eventId)
    .filter((id) => !id.endsWith(':has-order'));

describe('what never came', () => {
  test('is fetched once, published, and shown as healed; what came is left alone', async () => {
    const vendor = await square({ orders: [order('CAME'), order('LOST')] }, { maxPage: 1 });
    const world = backFillWorld({ source: 'square', url: vendor.url });
    const first = backFillWorld({ source: 'square', url: (await square({ orders: [order('CAME')] })).url });
    await first.run();
    // It came as its webhook would have brought it.
    world.hub.push(...first.hub);
    await world.land();
    expect(await world.run()).toEqual({ chains: 1, listed: 2, healed: 1, failed: 0 });
    await world.land();
    expect(await world.run()).toEqual({ chains: 0, listed: 0, healed: 0, failed: 0 });
    expect(ofOrders(world)).toEqual(['square:CAME:3', 'square:LOST:3']);
    expect(await objectsOf(world)).toEqual([{ object: 'order', vendorId: 'LOST', state: 'healed' }]);
    expect(await world.gaps.chains(DATE)).toMatchObject([
      { state: 'done', pages: 4, listed: 2, received: 1 },
    ]);
    expect((await world.days.inputsOf(DATE)).unfetched).toEqual([]);
  });

  test('a later version that was lost is fetched, though the earlier one came', async () => {
    const vendor = await square({ orders: [order('A', { version: 4 })] });
    const world = backFillWorld({ source: 'square', url: vendor.url });
    const former = backFillWorld({ source: 'square', url: (await square({ orders: [order('A')] })).url });
    await former.run();
    world.hub.push(...former.hub);
    await world.land();
    await world.run();
    expect(ofOrders(world)).toEqual(['square:A:3', 'square:A:4']);
  });

  test('what needs no event is said so, and asked for once', async () => {
    const vendor = await square({
      payments: [{ id: 'P', location_id: 'LSQ1', created_at: at, status: 'COMPLETED', amount_money: eur(5) }],
    });
    const world = backFillWorld({ source: 'square', url: vendor.url });
    await world.run();
    expect(await objectsOf(world)).toMatchObject([{ object: 'payment', state: 'healed' }]);
    const asked = vendor.asked.length;
    await world.run();
    expect(vendor.asked).toHaveLength(asked);
  });

  test('what cannot be fetched is told to finance with its reason, and taken back when it has come', async () => {
    const broken = order('BROKEN', { line_items: [{ quantity: '1', base_price_money: eur(119) }] });
    const orders = [broken];
    const vendor = await square({ orders });
    const world = backFillWorld({ source: 'square', url: vendor.url });
    expect(await world.run()).toMatchObject({ failed: 1 });
    expect((await world.days.inputsOf(DATE)).unfetched).toMatchObject([
      {
        stores: ['berlin-1'],
        subject: 'square order BROKEN',
        reason: 'A line of the order has no total_money',
      },
    ]);
    expect((await world.days.dirtyDates()).map((one) => one.businessDate)).toEqual([DATE]);
    const [letter] = [...world.letters.values()];
    expect(letter).toMatchObject({
      stage: 'hydrate',
      code: 'schema',
      replay: { to: 'queue', queue: 'hydrate' },
    });
    // Its letter is replayed once Square has the amounts: it lands, and the day is whole.
    const repaired = backFillWorld({
      source: 'square',
      url: (await square({ orders: [order('BROKEN')] })).url,
    });
    await repaired.run();
    world.hub.push(...repaired.hub);
    await world.land();
    await world.run();
    expect((await world.days.inputsOf(DATE)).unfetched).toEqual([]);
    expect(await objectsOf(world)).toMatchObject([{ vendorId: 'BROKEN', state: 'healed' }]);
  });

  test('what is listed and not to be read is waited for, and then told', async () => {
    const orders = [order('GHOST')];
    const vendor = await square({ orders });
    const world = backFillWorld({ source: 'square', url: vendor.url, dates: 5 });
    vendor.faults.push(200, 404);
    await world.run();
    expect(await objectsOf(world)).toMatchObject([{ state: 'waiting' }]);
    orders.pop();
    for (let hours = 0; hours < 60; hours += 6) {
      world.clock.nowMs += 6 * 3_600_000;
      await world.run();
    }
    expect(await objectsOf(world)).toMatchObject([{ state: 'failed' }]);
    expect((await world.days.inputsOf(DATE)).unfetched).toHaveLength(1);
  });
});

describe('a vendor that cannot be asked', () => {
  test('is asked again later and later, told to finance after a day, and forgiven when it answers', async () => {
    const vendor = await square({ orders: [order('A')] });
    const world = backFillWorld({ source: 'square', url: vendor.url, dates: 5 });
    for (let run = 0; run < 40; run += 1) {
      vendor.faults.splice(0, vendor.faults.length, ...Array.from({ length: 20 }, () => 503));
      await world.run();
      world.clock.nowMs += 3_600_000;
    }
    expect(await world.gaps.chains(DATE)).toMatchObject([
      { state: 'refused', reason: 'square answered 503' },
    ]);
    expect((await world.days.inputsOf(DATE)).unfetched).toMatchObject([{ subject: 'square, location LSQ1' }]);
    vendor.faults.length = 0;
    await world.run();
    expect(await world.gaps.chains(DATE)).toMatchObject([{ state: 'done' }]);
    expect((await world.days.inputsOf(DATE)).unfetched).toEqual([]);
    expect(ofOrders(world)).toEqual(['square:A:3']);
  });

  test('is left alone for as long as it asks for', async () => {
    const vendor = await square({ orders: [order('A')] });
    const world = backFillWorld({ source: 'square', url: vendor.url });
    vendor.faults.push(429);
    await world.run();
    await world.run();
    expect(vendor.asked).toHaveLength(1);
    expect((await world.gaps.chains(DATE))[0]?.notBeforeMs).toBeGreaterThanOrEqual(world.clock.nowMs + 1_000);
  });

  test('without a token nothing is asked, and the report says which secret is missing', async () => {
    const vendor = await square({ orders: [order('A')] });
    const world = backFillWorld({ source: 'square', url: vendor.url, withoutToken: true });
    await world.run();
    expect(vendor.asked).toEqual([]);
    expect(await world.gaps.chains(DATE)).toMatchObject([
      { state: 'no-token', reason: 'square-access-token' },
    ]);
    expect((await world.days.inputsOf(DATE)).unfetched).toEqual([]);
  });

  test('an answer in another form is told at once', async () => {
    const vendor = await startFakeVendor({ answer: () => ({ orders: 'moved' }) });
    vendors.push(vendor);
    const world = backFillWorld({ source: 'square', url: vendor.url });
    await world.run();
    expect(await world.gaps.chains(DATE)).toMatchObject([{ state: 'refused' }]);
    expect((await world.days.inputsOf(DATE)).unfetched).toHaveLength(1);
  });
});

describe('runs', () => {
  test('nothing is compared while landing is behind, or before the date has ended', async () => {
    const vendor = await square({ orders: [order('A')] });
    const world = backFillWorld({ source: 'square', url: vendor.url });
    world.isLanded = false;
    await world.run();
    world.isLanded = true;
    world.clock.nowMs = DAY.toMs + 60_000;
    await world.run();
    expect(vendor.asked).toEqual([]);
    expect(ofOrders(world)).toEqual([]);
  });

  test('a run ends with its time, and the next goes on behind the last whole page', async () => {
    const orders = Array.from({ length: 30 }, (_, index) => order(`O${index}`));
    const vendor = await square({ orders }, { maxPage: 3 });
    const world = backFillWorld({ source: 'square', url: vendor.url, callTakesMs: 10_000, budgetMs: 60_000 });
    let runs = 0;
    do {
      await world.run();
      await world.land();
      runs += 1;
    } while ((await world.gaps.chains(DATE))[0]?.state !== 'done' && runs < 30);
    expect(runs).toBeGreaterThan(3);
    expect(runs).toBeLessThan(30);
    expect(new Set(ofOrders(world)).size).toBe(30);
    expect((await objectsOf(world)).every(({ state }) => state === 'healed')).toBe(true);
  });

  test('what came by webhook is left alone, also movements of cash: nothing is published twice', async () => {
    await fc.assert(
      fc.asyncProperty(vendorDay, async (day) => {
        const vendor = await day.start();
        try {
          for (const { happen } of day.changes) happen();
          const [came, world] = [0, 1].map(() => backFillWorld({ source: day.source, url: vendor.url })) as [
            BackFillWorld,
            BackFillWorld,
          ];
          await came.run();
          world.hub.push(...came.hub);
          await world.land();
          await world.run();
          expect(world.hub).toHaveLength(came.hub.length);
          expect((await objectsOf(world)).filter(({ state }) => state === 'healed')).toEqual([]);
        } finally {
          await vendor.stop();
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('P8 killed anywhere: run again, it ends as if it had not been', async () => {
    await fc.assert(
      fc.asyncProperty(
        vendorDay,
        fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 4 }),
        async (day, kills) => {
          const vendor = await day.start({ maxPage: 2 });
          try {
            for (const { happen } of day.changes) happen();
            const [calm, killed] = [0, 1].map(() =>
              backFillWorld({ source: day.source, url: vendor.url }),
            ) as [BackFillWorld, BackFillWorld];
            await calm.run();
            for (const kill of kills) {
              killed.killAt = kill;
              await killed.run().catch((thrown: unknown) => {
                if (!(thrown instanceof Killed)) throw thrown;
              });
              await killed.land();
              killed.clock.nowMs += 900_000;
            }
            killed.killAt = 0;
            await killed.run();
            expect(new Set(ofOrders(killed))).toEqual(new Set(ofOrders(calm)));
            expect(await objectsOf(killed)).toEqual(await objectsOf(calm));
            const counts = async (world: BackFillWorld) =>
              (await world.gaps.chains(DATE)).map(({ state, listed }) => ({ state, listed }));
            expect(await counts(killed)).toEqual(await counts(calm));
          } finally {
            await vendor.stop();
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe('merchants', () => {
  const told = async (orders: object[], more: { withoutHours?: boolean; land?: boolean } = {}) => {
    const vendor = await square({ orders: orders as never[] });
    const [berlin] = [...CATALOG.stores.values()];
    const catalog = indexCatalog(
      [
        storeSchema.parse({
          ...berlin,
          ...(more.withoutHours === true ? { hours: [] } : {}),
          sourceLocations: { square: ['LSQ1'] },
        }),
      ],
      [...CATALOG.products.values()],
    );
    const world = backFillWorld({ source: 'square', url: vendor.url, catalog });
    if (more.land === true) {
      const first = backFillWorld({
        source: 'square',
        url: (await square({ orders: [orders[0] as never] })).url,
      });
      await first.run();
      world.hub.push(...first.hub);
      await world.land();
    }
    await world.run();
    return (await world.gaps.chains(DATE)).map(({ state, reason }) => [state, reason?.split(':')[0]]);
  };
  const many = Array.from({ length: 5 }, (_, index) => order(`O${index}`));

  test('a list of which nothing came by webhook says that the vendor may not send any more', async () => {
    expect(await told(many)).toEqual([['done', 'None of these came by webhook']]);
    expect(await told(many.slice(1))).toEqual([['done', undefined]]);
    expect(await told(many, { land: true })).toEqual([['done', undefined]]);
  });

  test('a list that is empty though the store was open says that it may be of another place', async () => {
    expect(await told([])).toEqual([['done', 'The vendor lists nothing, though a store was open']]);
    expect(await told([], { withoutHours: true })).toEqual([['done', undefined]]);
  });

  test('what Clover lists twice, and we fetched, did not come by webhook', async () => {
    const paid = cloverPayment('P1', 100, 0, { modifiedTime: Date.parse(at), createdTime: Date.parse(at) });
    const fixture = {
      order: cloverOrder({ modifiedTime: Date.parse(at) }),
      lineItems: [cloverLine('L1', 100)],
      payments: [paid],
    };
    const vendor = await startFakeClover({ orders: new Map([['ORDER1', fixture]]), cash: [] });
    vendors.push(vendor);
    const world = backFillWorld({ source: 'clover', url: vendor.url });
    await world.run();
    expect(await world.gaps.chains(DATE)).toMatchObject([{ state: 'done', listed: 2, received: 0 }]);
    expect(ofOrders(world)).toHaveLength(1);
  });
});

describe('tills', () => {
  test('a source without a list that sent nothing while others did is told, one with a list is not', async () => {
    const [berlin] = [...CATALOG.stores.values()];
    const sourceLocations = { adyen: ['AcmeBerlin'], poslog: ['9'], square: ['LSQ1'] };
    const catalog = indexCatalog([storeSchema.parse({ ...berlin, sourceLocations })], []);
    const world = backFillWorld({ source: 'square', url: (await square({})).url, catalog });
    const sold = (hour: string) =>
      publishable(
        sale(`N${hour}`, 100, {
          source: 'poslog',
          storeId: 'berlin-1' as never,
          businessDate: DATE,
          occurredAt: `2026-03-02T${hour}:00:00.000Z`,
          receivedAt: `2026-03-02T${hour}:00:01.000Z`,
        }),
      );
    world.hub.push(sold('08'), sold('11'), sold('14'), sold('17'));
    await world.land();
    await world.run();
    expect((await world.gaps.findings(DATE)).map(({ what }) => what)).toEqual([
      'The source adyen sent nothing all day, and others of the store did',
    ]);
  });

  test('numbers that never came and silence are in the report, and gone when they come', async () => {
    const vendor = await square({});
    const world = backFillWorld({ source: 'square', url: vendor.url });
    await world.run();
    expect(await world.gaps.findings(DATE)).toMatchObject([
      { kind: 'silence', storeId: 'berlin-1', what: 'The store was open and sent nothing all day' },
    ]);
    const sold = (number: number, hour: string) =>
      publishable(
        sale(`N${number}`, 100, {
          storeId: 'berlin-1' as never,
          businessDate: DATE,
          sequenceNumber: number,
          occurredAt: `2026-03-02T${hour}:00:00.000Z`,
          receivedAt: `2026-03-02T${hour}:00:01.000Z`,
        }),
      );
    world.hub.push(sold(1, '08'), sold(2, '11'), sold(5, '18'));
    await world.land();
    await world.run();
    expect(await world.gaps.findings(DATE)).toMatchObject([
      {
        kind: 'silence',
        what: 'The store was open and sent nothing from 2026-03-02 12:00 to 2026-03-02 19:00',
      },
      { kind: 'sequence', what: '2 missing in the numbers 2026-03-02: 3 to 4' },
    ]);
    world.hub.push(sold(3, '14'), sold(4, '15'));
    await world.land();
    await world.run();
    expect(await world.gaps.findings(DATE)).toEqual([]);
  });
});
