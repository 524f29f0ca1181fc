import fc from 'fast-check';
import { demoDays } from '../../infra/local/demo/demo-day.ts';
import { expectedOf } from '../../infra/local/demo/expected.ts';
import type { Observed } from '../../infra/local/demo/observed.ts';
import { judge, type Verdict } from '../../infra/local/demo/verdict.ts';
import { businessDate, type BusinessDate } from '../../shared/ids.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { addDays } from '../../shared/time.ts';
import { canonicalEvents, OfflineStream, reconcileOffline } from '../support/demo-offline.ts';

const MONDAY = businessDate('2026-03-02');
const FRIDAY = businessDate('2026-03-06');

async function observeOffline(
  seed: number,
  stores: number,
  from: BusinessDate,
  days: number,
): Promise<{ observed: Observed; verdict: Verdict }> {
  const dates = Array.from({ length: days }, (_, index) => addDays(from, index));
  const stream = new OfflineStream();
  const reports = new Map<BusinessDate, DayReport>();
  const eventIds = new Set<string>();
  const all = [...demoDays({ stores, seed, dates })];
  for (const day of all) {
    const events = canonicalEvents(day, stores);
    for (const event of events) eventIds.add(event.eventId);
    stream.play(events, stores);
    reports.set(day.date, await reconcileOffline(day.date, events, day.ledger, stores));
  }
  const observed: Observed = {
    raw: {
      lines: eventIds.size,
      unreadable: 0,
      eventIds,
      positions: new Map(),
      partitionsByStore: new Map(),
      revealing: 0,
    },
    deadLetters: new Map(),
    states: {
      tally: (group) => ({
        folded: eventIds.size,
        duplicates: 0,
        alerts: group === 'stock' ? stream.alerts.length : 0,
      }),
      onHandMilli: (storeId, productId) =>
        [...stream.stock].find(([id]) => id === storeId)?.[1].records.get(productId)?.onHandMilli,
      transactions: (storeId, date) =>
        [...([...stream.tills].find(([id]) => id === storeId)?.[1].records.values() ?? [])]
          .filter((shift) => shift.businessDate === date)
          .reduce((sum, shift) => sum + shift.transactions, 0),
    },
    reports,
    alerts: stream.alerts,
  };
  return { observed, verdict: judge(expectedOf(all), observed, eventIds.size) };
}

describe('the verdict on a demonstration day', () => {
  it('finds all that is planted, and nothing else, whatever the seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 100_000 }), async (seed) => {
        const { verdict } = await observeOffline(seed, 5, MONDAY, 1);
        expect(verdict.promises.filter(({ holds }) => !holds)).toEqual([]);
        expect(verdict.alerts.flatMap(({ missed }) => missed.map(({ faultId }) => faultId))).toEqual([]);
        expect(verdict.alerts.flatMap(({ falseAlarms }) => falseAlarms.map(({ title }) => title))).toEqual(
          [],
        );
        expect(verdict.ledger.missed.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual([]);
        expect(verdict.ledger.unplanned).toEqual([]);
      }),
      { numRuns: Number(process.env['DEMO_RUNS'] ?? 2), endOnFailure: true },
    );
  });

  it('finds all that is planted over a weekend on which some stores are closed', async () => {
    const { verdict } = await observeOffline(2, 5, FRIDAY, 4);
    expect(verdict.promises.filter(({ holds }) => !holds)).toEqual([]);
    expect(verdict.alerts.flatMap(({ missed }) => missed.map(({ faultId }) => faultId))).toEqual([]);
    expect(verdict.alerts.flatMap(({ falseAlarms }) => falseAlarms.map(({ title }) => title))).toEqual([]);
  });
});
