/**
 * What comes next is one file and one line in a list: the lists get one more line here, and each is followed to the end. The
 * same files are shown in docs/extending.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { createFoldStores } from '../../functions/stream/fold-stores.ts';
import { tillFold, tillShape } from '../../functions/stream/folds.ts';
import { operationsPage } from '../../infra/alert-docs/operations-page.ts';
import { ALL_RULES, labelOf } from '../../shared/alert-rules/all-rules.ts';
import { alertLimitsFileSchema, alertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { alertSchema, type Alert } from '../../shared/alerts/alert.ts';
import type * as channelsFile from '../../shared/alerts/channels/list.ts';
import { limitsOf } from '../../shared/alerts/limits.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { allLedgerSources } from '../../shared/ledger/ledger-source.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { newPosition, positionOfStored, storedPosition } from '../../shared/stock/position.ts';
import type * as stockRulesFile from '../../shared/stock/rules/list.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import type * as tillRulesFile from '../../shared/tills/rules/list.ts';
import { daysIn } from '../../shared/tills/till-book.ts';
import { journalService } from '../fixtures/extensions/journal-service.ts';
import type * as overStockedFile from '../fixtures/extensions/over-stocked.ts';
import type * as pagerFile from '../fixtures/extensions/pager.ts';
import type * as sellsLittleFile from '../fixtures/extensions/sells-little.ts';
import { storesRoutes } from '../fixtures/extensions/stores-page.ts';
import { alertOf, notifier } from '../support/alerts.ts';
import { memoryTable } from '../support/memory-table.ts';
import { pageRequest, principalWith } from '../support/page-requests.ts';
import { atHour, BERLIN, positioned, PRODUCTS, stockOf, transactionOf } from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';

// The lists with one more line each. Everything else is the product as it is.
jest.mock('../../shared/tills/rules/list.ts', () => ({
  TILL_RULES: [
    ...jest.requireActual<typeof tillRulesFile>('../../shared/tills/rules/list.ts').TILL_RULES,
    jest.requireActual<typeof sellsLittleFile>('../fixtures/extensions/sells-little.ts').sellsLittle,
  ],
}));
jest.mock('../../shared/stock/rules/list.ts', () => ({
  ...jest.requireActual<typeof stockRulesFile>('../../shared/stock/rules/list.ts'),
  STOCK_RULES: [
    ...jest.requireActual<typeof stockRulesFile>('../../shared/stock/rules/list.ts').STOCK_RULES,
    jest.requireActual<typeof overStockedFile>('../fixtures/extensions/over-stocked.ts').overStocked,
  ],
}));
jest.mock('../../shared/alerts/channels/list.ts', () => ({
  ALERT_CHANNELS: [
    ...jest.requireActual<typeof channelsFile>('../../shared/alerts/channels/list.ts').ALERT_CHANNELS,
    jest.requireActual<typeof pagerFile>('../fixtures/extensions/pager.ts').pagerChannel,
  ],
}));

function tills(limits = limitsOf({ limits: [] })) {
  const table = memoryTable();
  const alerts: Alert[] = [];
  const states = storeStates(table.client, tillShape);
  const foldStores = createFoldStores({
    states,
    deliver: async (storeId, row) => {
      alerts.push(...row.alerts);
      await table.client.deleteEntity(storeId, row.rowKey);
    },
    bury: (_event, reason) => Promise.reject(reason),
    log: silentLog,
    // Every batch reads what the one before it stored.
    maxCachedBytes: 0,
  });
  let next = 0;
  return {
    alerts,
    fold: async (events: readonly PosEvent[]) => {
      await foldStores(positioned(events, '0', next), tillFold({ limits }));
      next += events.length;
    },
    days: async () => daysIn((await states.load('S1')).book.records.values()),
  };
}

const sale = (operator: string, priceMinor: number, more = {}) =>
  transactionOf(atHour(1), [{ priceMinor }], { operatorId: operator as never, ...more });

test('a rule about an operator, in one list: alert, stored state, correction, limits, docs row and label', async () => {
  const world = tills();
  await world.fold([sale('rich', 9_000), sale('poor', 100), sale('poor', 100)]);
  expect(world.alerts).toEqual([]);
  const third = sale('poor', 100);
  await world.fold([third]);
  expect(world.alerts.map((alert) => alertSchema.parse(alert))).toEqual(world.alerts);
  expect(world.alerts).toMatchObject([
    { kind: 'sells-little', operatorId: 'poor', title: 'Sells less than the others by operator poor in S1' },
  ]);
  expect(world.alerts[0]).not.toHaveProperty('tillId');
  expect(world.alerts[0]?.evidence).toHaveLength(3);
  // Said once, and a void takes back what the sale added, also after a restart.
  await world.fold([
    { ...sale('poor', 100), transactionId: third.transactionId, status: 'voided', version: 2 },
  ]);
  expect(world.alerts.filter(({ kind }) => kind === 'sells-little')).toHaveLength(1);
  const poor = (await world.days()).find(({ id }) => id === 'poor');
  expect(poor?.sums).toMatchObject({ sellsLittle: 2, sellsLittleMinor: 200 });
  expect(poor?.evidence['sells-little']).toHaveLength(2);

  const file = { limits: [{ rule: 'sells-little', stores: ['S1'], parameters: { sales: 1 } }] };
  expect(alertLimitsFileSchema.safeParse(file).success).toBe(true);
  const eager = tills(limitsOf(file));
  await eager.fold([sale('rich', 9_000), sale('poor', 100)]);
  expect(eager.alerts.map(({ operatorId }) => operatorId)).toEqual(['rich', 'poor']);

  expect(
    alertRoutesFileSchema.safeParse({
      routes: [{ name: 'a', channel: 'webhook', url: 'https://a.example', kinds: ['sells-little'] }],
    }).success,
  ).toBe(true);
  const page = operationsPage(readFileSync('docs/operations.md', 'utf8'), ALL_RULES);
  expect(page).toMatch(/^\| `sells-little` +\| an operator has 3 sales/m);
  expect(page).toMatch(
    /^\| `sells-little` +\| `sales` +\| Sales of an operator from which it is judged. +\| `3`/m,
  );
  expect(labelOf('sells-little')).toBe('Sells less than the others');
  expect(labelOf('a-rule-of-later')).toBe('a-rule-of-later');
});

test('a rule about stock, in one list: its episodes are its own, and are stored', () => {
  const book = newStockBook();
  const context = { store: BERLIN, products: PRODUCTS };
  const alerts = [99_000, 99_500, 5_000, 99_000].flatMap((milli, hour) =>
    foldStock(book, stockOf(atHour(hour), 'count', milli), context),
  );
  expect(alerts.map(({ kind }) => kind)).toEqual(['over-stocked', 'over-stocked']);
  expect(new Set(alerts.map(({ alertId }) => alertId)).size).toBe(2);
  const position = [...book.records.values()][0] ?? newPosition(0);
  expect(position.episodes).toMatchObject({ 'over-stocked': { isOpen: true, number: 2 } });
  expect(positionOfStored(JSON.parse(JSON.stringify(storedPosition(position))))).toEqual(position);
});

test('a channel, in one list: its routes are valid, and its alerts arrive', async () => {
  const schema = alertRoutesFileSchema;
  const { routes } = schema.parse({ routes: [{ name: 'night', channel: 'pager', number: '42' }] });
  expect(schema.safeParse({ routes: [{ name: 'night', channel: 'pager' }] }).success).toBe(false);
  const { notify, sent } = notifier(routes, { secrets: { get: () => Promise.resolve(['s3cret']) } });
  await notify(JSON.stringify(alertOf()));
  expect(sent).toEqual([
    { url: 'https://pager.example/42', headers: { authorization: 'Bearer s3cret' }, body: alertOf().title },
  ]);
});

test('a source of ledger rows, as one more entry of those that are wired: its rows, and the row that it cannot read', async () => {
  const lines = [
    { voucher: 'V1', date: '2026-03-02', store: '001', account: '4400', currency: 'EUR', cents: -700 },
    { voucher: 'V1', date: '2026-03-02', store: '001', account: '1000', currency: 'EUR', cents: 7.5 },
  ];
  const get = (path: string) => Promise.resolve(path === '/journals' ? [{ id: 'J1', revision: 3 }] : lines);
  const files = { list: () => Promise.resolve([]), rows: () => (async function* () {})() };
  const all = allLedgerSources(files, { service: journalService(get) });
  expect(await all.list()).toEqual([{ name: 'service:J1', etag: '3' }]);
  const rows: LedgerRow[] = [];
  for await (const row of all.rows('service:J1')) rows.push(row);
  expect(rows).toMatchObject([
    { ok: true, entry: { accountingDate: '2026-03-02', amountMinor: -700, readAt: { part: 'J1', row: 1 } } },
    { ok: false, error: { file: 'J1', line: 2, column: 'cents' } },
  ]);
});

test('a page, as one more entry of the routes: those with the role see it, others do not', async () => {
  const pages = createPages(storesRoutes({ stores: () => Promise.resolve([BERLIN]) }));
  const seenBy = (role: string) => pages(pageRequest('/stores', { by: principalWith(role) }), silentLog);
  expect(await seenBy('Finance.Read')).toMatchObject({
    status: 200,
    body: expect.stringContaining('<li>S1: Berlin</li>') as string,
  });
  expect(await seenBy('Operations')).toMatchObject({ status: 403 });
});

describe('what grows is known to its list alone', () => {
  const ROOT = join(__dirname, '../..');
  const filesIn = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name));
  const product = [...filesIn('shared'), ...filesIn('functions')];
  const importersOf = new Map<string, Set<string>>();
  for (const file of product)
    for (const [, path = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const target = relative(ROOT, join(ROOT, dirname(file), path));
      importersOf.set(target, (importersOf.get(target) ?? new Set()).add(file));
    }
  /** Who imports from a file or folder, itself left out. */
  const known = (place: string): string[] => {
    const isWithin = (file: string) => file === place || file.startsWith(`${place}/`);
    const found = [...importersOf].filter(([target]) => isWithin(target)).flatMap(([, by]) => [...by]);
    return [...new Set(found)].filter((file) => !isWithin(file));
  };
  const sources = 'shared/pos/sources';
  const lists = {
    'shared/tills/rules/list.ts': filesIn('shared/tills/rules').filter(
      (file) => !/\/(list|rule)\.ts$/.test(file),
    ),
    'shared/stock/rules/list.ts': filesIn('shared/stock/rules').filter(
      (file) => !/\/(list|rule)\.ts$/.test(file),
    ),
    'shared/alerts/channels/list.ts': filesIn('shared/alerts/channels').filter(
      (file) => !/\/(list|channel)\.ts$/.test(file),
    ),
    [`${sources}/registry.ts`]: filesIn(sources)
      .filter((file) => file.endsWith('/source.ts') && dirname(file) !== sources)
      .map((file) => dirname(file)),
  };
  const GROWTH = Object.entries(lists).flatMap(([list, places]) =>
    places.map((place) => [place, list] as const),
  );

  test('they are found', () => {
    expect(GROWTH.length).toBeGreaterThan(13);
  });

  test.each(GROWTH)('%s by %s', (place, list) => {
    expect(known(place)).toEqual([list]);
  });
});

test('docs/extending.md shows the files that are followed here, as they are', () => {
  const page = readFileSync(join(__dirname, '../../docs/extending.md'), 'utf8');
  const shown = [...page.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code);
  const folder = join(__dirname, '../fixtures/extensions');
  const files = readdirSync(folder);
  expect(files).toHaveLength(5);
  for (const file of files) {
    const withoutImports = readFileSync(join(folder, file), 'utf8')
      .replace(/^import [^;]+;\n/gm, '')
      .trimStart();
    expect(shown).toContain(withoutImports);
  }
});
