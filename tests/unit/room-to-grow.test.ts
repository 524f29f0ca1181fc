/** A new rule or channel is its file and one line in a list: here one of each is put into a list, and followed to the end. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createNotify } from '../../functions/stream/notify.ts';
import { operationsPage } from '../../infra/alert-docs/operations-page.ts';
import { ALERT_KINDS, ALL_RULES, labelOf } from '../../shared/alert-rules/all-rules.ts';
import { alertSchema } from '../../shared/alerts/alert.ts';
import { routesFileSchema } from '../../shared/alerts/alert-routes.ts';
import { alertChannel, type ChannelRequest } from '../../shared/alerts/channels/channel.ts';
import { ALERT_CHANNELS } from '../../shared/alerts/channels/list.ts';
import { limitsFileSchema, limitsOf } from '../../shared/alerts/limits.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { tillFold, tillShape } from '../../functions/stream/folds.ts';
import { createFoldStores } from '../../functions/stream/fold-stores.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { newPosition, positionOfStored, storedPosition } from '../../shared/stock/position.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { STOCK_RULES } from '../../shared/stock/rules/list.ts';
import { stockRule } from '../../shared/stock/rules/rule.ts';
import { TILL_RULES } from '../../shared/tills/rules/list.ts';
import { tillRule } from '../../shared/tills/rules/rule.ts';
import { daysIn } from '../../shared/tills/till-book.ts';
import { alertOf } from '../support/alerts.ts';
import { memoryTable } from '../support/memory-table.ts';
import { silentLog } from '../support/stream-fixture.ts';
import { atHour, BERLIN, positioned, PRODUCTS, stockOf, transactionOf } from '../support/stream-events.ts';

const fewerThanPeers = tillRule({
  kind: 'sells-little',
  label: 'Sells less than the others',
  subject: 'operator-day',
  parameters: z.strictObject({
    sales: z.int().min(1).describe('Sales of an operator from which it is judged.').default(3),
  }),
  about: ({ sales }) => ({
    raised: `an operator has ${sales} sales, and all others more than twice as much money`,
    onceFor: 'operator and date',
    severity: '`info`',
  }),
  contribution: (event) =>
    event.kind === 'transaction'
      ? { sums: { sellsLittle: 1, sellsLittleMinor: event.totals.grossMinor }, isEvidence: true }
      : undefined,
  finding(day, { sales }, context) {
    const { sums } = day;
    const mine = sums['sellsLittleMinor'] ?? 0;
    const isLittle = context.peers('sellsLittleMinor').every((theirs) => theirs > 2 * mine);
    return (sums['sellsLittle'] ?? 0) >= sales && isLittle && !day.said('sells-little')
      ? { value: mine }
      : undefined;
  },
  words: ({ value }, day) => ({
    severity: 'info',
    title: 'Sells less than the others',
    detail: `${value} in all.`,
    evidence: day.evidenceOf('sells-little'),
  }),
});
const rules = [...TILL_RULES, fewerThanPeers];

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
      await foldStores(positioned(events, '0', next), tillFold({ rules, limits }));
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
  expect(world.alerts).toHaveLength(1);
  const poor = (await world.days()).find(({ id }) => id === 'poor');
  expect(poor?.sums).toEqual({ sellsLittle: 2, sellsLittleMinor: 200 });
  expect(poor?.evidence['sells-little']).toHaveLength(2);

  const file = { limits: [{ rule: 'sells-little', stores: ['S1'], parameters: { sales: 1 } }] };
  expect(limitsFileSchema(rules).safeParse(file).success).toBe(true);
  const eager = tills(limitsOf(file));
  await eager.fold([sale('rich', 9_000), sale('poor', 100)]);
  expect(eager.alerts.map(({ operatorId }) => operatorId)).toEqual(['rich', 'poor']);

  expect(
    routesFileSchema(ALERT_CHANNELS, [...ALERT_KINDS, 'sells-little'], false).safeParse({
      routes: [{ name: 'a', channel: 'webhook', url: 'https://a.example', kinds: ['sells-little'] }],
    }).success,
  ).toBe(true);
  const page = operationsPage(readFileSync('docs/operations.md', 'utf8'), [...ALL_RULES, fewerThanPeers]);
  expect(page).toMatch(/^\| `sells-little` +\| an operator has 3 sales/m);
  expect(page).toMatch(
    /^\| `sells-little` +\| `sales` +\| Sales of an operator from which it is judged. +\| `3`/m,
  );
  expect(labelOf('sells-little', rules)).toBe('Sells less than the others');
  expect(labelOf('sells-little')).toBe('sells-little');
});

test('a rule about stock, in one list: its episodes are its own, and are stored', () => {
  const overStocked = stockRule({
    kind: 'over-stocked',
    label: 'Too much on hand',
    parameters: z.strictObject({ most: z.int().describe('In thousandths.').default(90_000) }),
    about: () => ({ raised: 'too much is there', onceFor: 'product', severity: '`info`' }),
    finding: ({ position: { onHandMilli }, isOpen }, { most }) =>
      onHandMilli > most === isOpen ? undefined : isOpen ? 'clear' : 'raise',
    words: () => ({ severity: 'info', title: 'Too much', detail: '' }),
  });
  const book = newStockBook();
  const context = { store: BERLIN, products: PRODUCTS, rules: [...STOCK_RULES, overStocked] };
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
  const pager = alertChannel({
    name: 'pager',
    routeSchema: (common) => z.strictObject({ ...common, channel: z.literal('pager'), number: z.string() }),
    request: ({ title }, { number }, secret) => ({
      url: `https://pager.example/${number}`,
      headers: { authorization: `Bearer ${secret}` },
      body: title,
    }),
  });
  const channels = [...ALERT_CHANNELS, pager];
  const schema = routesFileSchema(channels, ALERT_KINDS, false);
  const { routes } = schema.parse({ routes: [{ name: 'night', channel: 'pager', number: '42' }] });
  expect(schema.safeParse({ routes: [{ name: 'night', channel: 'pager' }] }).success).toBe(false);
  const sent: ChannelRequest[] = [];
  await createNotify({
    alertLog: tableAlertLog(memoryTable().client),
    routes: () => Promise.resolve(routes),
    channels,
    secrets: { get: () => Promise.resolve(['s3cret']) },
    send: (request) => Promise.resolve(void sent.push(request)),
    deadLetters: { bury: (letter) => Promise.reject(new Error(letter.message)) },
    clock: () => 0,
    log: silentLog,
  })(JSON.stringify(alertOf()));
  expect(sent).toEqual([
    { url: 'https://pager.example/42', headers: { authorization: 'Bearer s3cret' }, body: alertOf().title },
  ]);
});
