import { createPages } from '../../functions/reconcile/pages/router.ts';
import { liveRoutes } from '../../functions/reconcile/pages/live.ts';
import { storeLookup } from '../../functions/reconcile/matching/store-lookup.ts';
import { recordOfStored, storedRecord } from '../../shared/tills/stored-till.ts';
import { liveDay } from '../../shared/tills/live-count.ts';
import { newTillBook, type TillRecord } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { pageRequest, principalWith } from '../support/page-requests.ts';
import { atHour, closedOf, positioned, transactionOf } from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';

const NOW = Date.parse('2026-03-02T15:00:00Z');

function recordsOf(events: readonly PosEvent[]): TillRecord[] {
  const book = newTillBook();
  for (const event of positioned(events)) if (book.admit(event) === 'new') foldTills(book, event.event);
  // As they are stored, and read again.
  return [...book.records.values()].map((record) =>
    recordOfStored(JSON.parse(JSON.stringify(storedRecord(record)))),
  );
}
const sale = (hour: number, more = {}) =>
  transactionOf(atHour(hour), [{ milli: 1_000, priceMinor: 500 }], more);
const date = sale(1).businessDate;

test('till counter less received, shift by shift, with what never came', () => {
  const events = [sale(1), sale(2), sale(3)];
  const gross = events.reduce((sum, { totals }) => sum + totals.grossMinor, 0);
  expect(liveDay(recordsOf(events), date).shifts).toMatchObject([
    { tillId: 'T1', till: undefined, received: { receipts: 3, grossMinor: gross }, missing: undefined },
  ]);
  const closed = closedOf(atHour(9), 0, {
    zReport: { salesCount: 4, salesTotalMinor: gross + 750, returnsTotalMinor: 50 },
  });
  expect(liveDay(recordsOf([...events, closed]), date).shifts).toMatchObject([
    {
      till: { receipts: 4, grossMinor: gross + 700 },
      received: { receipts: 3, grossMinor: gross },
      missing: { receipts: 1, grossMinor: 700 },
    },
  ]);
  expect(liveDay(recordsOf([...events, closed]), '2026-03-09' as typeof date).shifts).toEqual([]);
});

test('the newest Z report counts, in whatever order they come; a late sale closes the gap', () => {
  const first = closedOf(atHour(9), 0, { zReport: { salesCount: 9 } });
  const second = closedOf(atHour(9.5), 0, { zReport: { salesCount: 2 } });
  for (const closings of [
    [first, second],
    [second, first],
  ])
    expect(liveDay(recordsOf([sale(1), ...closings]), date).shifts).toMatchObject([
      { till: { receipts: 2, grossMinor: undefined }, missing: { receipts: 1, grossMinor: undefined } },
    ]);
  expect(liveDay(recordsOf([sale(1), second, sale(2)]), date).shifts[0]?.missing?.receipts).toBe(0);
});

describe('the page', () => {
  function pages(records: ReadonlyMap<string, TillRecord[] | Error>) {
    let reads = 0;
    const answer = createPages(
      liveRoutes({
        clock: () => NOW,
        stores: () => Promise.resolve(storeLookup([])),
        tills: {
          async *stores() {
            await Promise.resolve();
            yield* records.keys();
          },
          records(storeId) {
            reads += 1;
            const found = records.get(storeId) ?? [];
            return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
          },
        },
      }),
    );
    return {
      get: (path: string, ...roles: string[]) =>
        answer(pageRequest(path, { by: principalWith(...roles) }), silentLog),
      reads: () => reads,
    };
  }
  const records = new Map<string, TillRecord[] | Error>([
    ['S1', recordsOf([sale(1), closedOf(atHour(9), 0, { zReport: { salesCount: 3 } })])],
    ['S2', recordsOf([sale(1)])],
    ['S3', new Error('damaged')],
  ]);

  test('shows what never arrived first, and says which store could not be read; a store reader sees its own', async () => {
    const { get, reads } = pages(records);
    const page = String((await get(`/live/${date}`, 'Operations')).body);
    expect(page).toContain('2 never arrived');
    expect(page).toContain('S3: damaged');
    expect(page).toContain('not closed');
    const own = String((await get(`/live/${date}`, 'Store.Read.S2')).body);
    expect(own).not.toContain('never arrived');
    expect(own).not.toContain('damaged');
    expect(reads()).toBe(3);
  });

  test('is JSON as well, and of no wrong date', async () => {
    const { get } = pages(records);
    const json = JSON.parse(String((await get(`/live/${date}/live.json`, 'Finance.Read')).body)) as object;
    expect(json).toMatchObject({
      businessDate: date,
      stores: [{ storeId: 'S1', shifts: [{ missing: { receipts: 2 } }] }, { storeId: 'S2' }],
      unread: [{ storeId: 'S3', reason: 'damaged' }],
    });
    expect((await get('/live/yesterday', 'Operations')).status).toBe(404);
    expect((await get('/live/2026-13-01/live.json', 'Operations')).status).toBe(404);
  });

  test('an icon is there before anyone has signed in', async () => {
    const answer = await createPages([])(pageRequest('/favicon.ico'), silentLog);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'image/svg+xml' } });
    expect(String(answer.body)).toContain('<svg');
  });
});
