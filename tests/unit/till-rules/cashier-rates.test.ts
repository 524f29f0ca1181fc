/** Rates of cashiers beside those of peers, and the clock that asks for them. */
import fc from 'fast-check';
import { createWatch } from '../../../functions/stream/watch-tills.ts';
import type { Alert } from '../../../shared/alerts/alert.ts';
import { DEFAULT_LIMITS, limitsOf } from '../../../shared/alerts/limits.ts';
import { businessDate, operatorId, storeId } from '../../../shared/ids.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import { betaBinomialTail, falseShares, logGamma } from '../../../shared/tills/beta-binomial.ts';
import { newTillBook } from '../../../shared/tills/till-book.ts';
import { judgeCashiers } from '../../../shared/tills/till-clock.ts';
import { settledFor } from '../../../shared/tills/till-context.ts';
import { HOUR_MS, MINUTE_MS } from '../../../shared/time.ts';
import { atHour, BERLIN, transactionOf } from '../../support/stream-events.ts';
import { CATALOG, silentLog } from '../../support/stream-fixture.ts';
import { alertsOf, S1_CATALOG } from '../../support/till-alerts.ts';

const MONDAY = businessDate('2026-03-02');
const S1 = storeId('S1');

/** Transactions of a cashier from an hour on, a share of them cancelled. */
const soldBy = (cashier: string, count: number, cancelled: number, hour = 1): PosEvent[] =>
  Array.from({ length: count }, (_, at) =>
    transactionOf(atHour(hour) + at * MINUTE_MS, [{}], {
      operatorId: operatorId(cashier),
      ...(at < cancelled ? { status: 'cancelled' as const } : {}),
    }),
  );

function judged(events: readonly PosEvent[], limits = DEFAULT_LIMITS): Alert[] {
  const book = newTillBook();
  alertsOf(events, { catalog: S1_CATALOG, limits }, book);
  const watched = { storeId: S1, store: BERLIN, records: book.records };
  return judgeCashiers(watched, MONDAY, settledFor(S1, { catalog: S1_CATALOG, limits }));
}
const peers = ['O1', 'O2', 'O3', 'O4'].flatMap((cashier) => soldBy(cashier, 150, 2));

test('a cashier who cancels far more than peers is named once, with the evidence', () => {
  const alerts = judged([...peers, ...soldBy('O5', 150, 20)]);
  expect(alerts.map(({ kind, operatorId: by }) => [kind, by])).toEqual([['cancel-rate', 'O5']]);
  expect(alerts[0]?.title).toMatch(/^20 cancelled transactions in 150 transactions/);
  expect(alerts[0]?.evidence.length).toBeGreaterThan(0);
});

test.each([
  ['as many as peers', soldBy('O5', 150, 3)],
  ['more, but few', soldBy('O5', 150, 6)],
  ['as many, of twice the sales', soldBy('O5', 300, 6)],
])('a cashier with %s is not named', (_what, own) => {
  expect(judged([...peers, ...own])).toEqual([]);
});

test('hours make peers: an evening in which everybody cancels names nobody', () => {
  const evening = ['O1', 'O2', 'O3'].flatMap((cashier) => soldBy(cashier, 60, 12, 9));
  expect(judged([...peers, ...evening, ...soldBy('O5', 60, 12, 9)])).toEqual([]);
});

test('roles make peers: a returns desk is compared with returns desks', () => {
  const limits = limitsOf({ roles: [{ role: 'desk', operators: [operatorId('O5')] }], limits: [] });
  const desk = soldBy('O5', 150, 20);
  expect(judged([...peers, ...desk])).toHaveLength(1);
  expect(judged([...peers, ...desk], limits)).toEqual([]);
});

test('another cashier who stands out is no measure', () => {
  const alerts = judged([...peers, ...soldBy('O5', 150, 25), ...soldBy('O6', 150, 25)]);
  expect(new Set(alerts.map(({ operatorId: by }) => by))).toEqual(new Set(['O5', 'O6']));
  expect(alerts).toHaveLength(2);
});

test('the beta-binomial tail: sums of its terms, and the binomial where all are alike', () => {
  expect(logGamma(5)).toBeCloseTo(Math.log(24), 10);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 10);
  // Binomial, n = 10, p = 0.1: P(X >= 2) = 1 - 0.9^10 - 10 * 0.1 * 0.9^9.
  expect(betaBinomialTail(2, 10, 0.1, 1e9)).toBeCloseTo(1 - 0.9 ** 10 - 0.9 ** 9, 6);
  // Uniform prior: every count from 0 to n is as likely.
  expect(betaBinomialTail(7, 9, 0.5, 2)).toBeCloseTo(0.3, 10);
  const anyCase = fc.record({
    n: fc.integer({ min: 1, max: 400 }),
    mean: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
    strength: fc.double({ min: 20, max: 5_000, noNaN: true }),
  });
  fc.assert(
    fc.property(anyCase, ({ n, mean, strength }) => {
      const tails = Array.from({ length: n + 2 }, (_, count) => betaBinomialTail(count, n, mean, strength));
      expect(tails[0]).toBe(1);
      expect(tails[n + 1]).toBe(0);
      for (let at = 1; at < tails.length; at += 1)
        expect(tails[at]).toBeLessThanOrEqual((tails[at - 1] ?? 0) + 1e-9);
    }),
  );
});

test('false shares: the example of Benjamini and Hochberg (1995)', () => {
  const odds = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];
  expect(falseShares([...odds].reverse()).filter((share) => share <= 0.05)).toHaveLength(4);
  expect(falseShares([0.02, 0.02])).toEqual([0.02, 0.02]);
});

test('the clock judges each store once its business date has ended, and keeps the case files', async () => {
  const book = newTillBook();
  alertsOf(
    [
      ...peers,
      ...soldBy('O5', 150, 20),
      transactionOf(atHour(2), [{}], { operatorId: operatorId('O5'), status: 'voided' }),
    ],
    undefined,
    book,
  );
  const raised: Alert[] = [];
  const kept: [string, string, unknown][] = [];
  let nowMs = atHour(0);
  const watch = createWatch({
    records: async (id) => Promise.resolve(id === 'S1' ? new Map(book.records) : new Map()),
    catalog: async () => Promise.resolve(CATALOG),
    limits: async () => Promise.resolve(DEFAULT_LIMITS),
    raise: async (alert) => Promise.resolve(void raised.push(alert)),
    keepCases: async (id, date, content) => Promise.resolve(void kept.push([id, date, content])),
    clock: () => nowMs,
    log: silentLog,
  });
  // 03:59, 04:29 and 04:30 of Tuesday in Berlin; the business date ends at 04:00.
  const ends = atHour(19);
  for (const [at, stores] of [
    [ends - MINUTE_MS, 0],
    [ends + 29 * MINUTE_MS, 0],
    [ends + 30 * MINUTE_MS, 1],
    [ends + 6 * HOUR_MS, 0],
  ] as const) {
    nowMs = at;
    expect(await watch.cashiers()).toBe(stores);
  }
  expect(raised.map(({ kind }) => kind)).toEqual(['cancel-rate']);
  const [[store, date, file]] = kept as [
    [
      string,
      string,
      { cashiers: { operatorId: string; evidence: number; cases: unknown[]; rates: unknown[] }[] },
    ],
  ];
  expect([store, date]).toEqual(['S1', '2026-03-02']);
  expect(file.cashiers[0]).toMatchObject({ operatorId: 'O5', cases: [{ kind: 'post-void', count: 1 }] });
  expect(file.cashiers[0]?.evidence).toBeGreaterThan(3);
  expect(file.cashiers[0]?.rates).toContainEqual(expect.objectContaining({ kind: 'cancel-rate', count: 20 }));
});
