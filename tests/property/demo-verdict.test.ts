import fc from 'fast-check';
import { isByClock } from '../../shared/alert-rules/all-rules.ts';
import { demoDays } from '../../infra/local/demo/demo-day.ts';
import { expectedOf, type Expected } from '../../infra/local/demo/expected.ts';
import type { Observed } from '../../infra/local/demo/observed.ts';
import { transactionsOn } from '../../infra/local/demo/observed-states.ts';
import { runVerdict, type Verdict } from '../../infra/local/demo/verdict.ts';
import { businessDate, type BusinessDate } from '../../shared/ids.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { addDays } from '../../shared/time.ts';
import { canonicalEvents, OfflineStream, operatorOf, reconcileOffline } from '../support/demo-offline.ts';

const MONDAY = businessDate('2026-03-02');
const FRIDAY = businessDate('2026-03-06');

interface Played {
  readonly observed: Observed;
  readonly expected: Expected;
  readonly verdict: Verdict;
}

async function observeOffline(
  seed: number,
  stores: number,
  from: BusinessDate,
  days: number,
): Promise<Played> {
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
    deadLetters: new Map([['schema', days]]),
    foreignLetters: 0,
    replayed: { fingerprints: new Map(), alertIds: new Set(stream.alerts.map(({ alertId }) => alertId)) },
    states: {
      fingerprints: new Map(),
      tally: (group) => ({
        folded: eventIds.size,
        duplicates: 0,
        conflicts: 0,
        tooOld: 0,
        alerts: group === 'stock' ? stream.alerts.length : 0,
      }),
      onHandMilli: (storeId, productId) =>
        [...stream.stock].find(([id]) => id === storeId)?.[1].records.get(productId)?.onHandMilli,
      transactions: (storeId, date) =>
        transactionsOn([...stream.tills].find(([id]) => id === storeId)?.[1].records.values() ?? [], date),
    },
    reports,
    alerts: stream.alerts,
  };
  const expected = expectedOf(all, operatorOf);
  return { observed, expected, verdict: runVerdict(expected, observed, eventIds.size) };
}

/** Shelves are looked at by the clock, which nothing here moves: see demo-shelves.test.ts. */
const missedByEvents = ({ kind, missed }: Verdict['alerts'][number]): string[] =>
  isByClock(kind) ? [] : missed.map(({ faultId }) => faultId);

describe('the verdict on a demonstration day', () => {
  it('finds all that is planted, and nothing else, whatever the seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 100_000 }), async (seed) => {
        const { verdict } = await observeOffline(seed, 5, MONDAY, 1);
        expect(verdict.promises.filter(({ holds }) => !holds)).toEqual([]);
        expect(verdict.alerts.flatMap(missedByEvents)).toEqual([]);
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
    expect(verdict.alerts.flatMap(missedByEvents)).toEqual([]);
    expect(verdict.alerts.flatMap(({ falseAlarms }) => falseAlarms.map(({ title }) => title))).toEqual([]);
  });

  it('says which promise does not hold, and why', async () => {
    const { observed, expected } = await observeOffline(1, 2, MONDAY, 1);
    const [oneId] = observed.raw.eventIds as Set<string>;
    const [storeId] = expected.stock.keys();
    const broken = (change: Partial<Observed>, acknowledged = expected.eventIds.size) =>
      runVerdict(expected, { ...observed, ...change }, acknowledged)
        .promises.filter(({ holds }) => !holds)
        .map(({ promise, detail }) => `${promise}: ${detail}`);
    expect(broken({})).toEqual([]);
    const lessOne = new Set([...observed.raw.eventIds].filter((id) => id !== oneId));
    expect(broken({ raw: { ...observed.raw, eventIds: lessOne } })).toEqual([
      expect.stringMatching(/^P1 .*1 event of 1,\d+ acknowledged events are not in the raw landing/),
      expect.stringMatching(/^P3 /),
    ]);
    expect(broken({ raw: { ...observed.raw, lines: observed.raw.lines + 1 } })).toEqual([
      expect.stringMatching(/^P3 .*1 duplicates; stock counts/),
    ]);
    expect(broken({ raw: { ...observed.raw, revealing: 2 } })).toEqual([
      expect.stringMatching(/^P6 .*2 lines/),
    ]);
    const scattered = new Map([['BER01', new Set(['0', '1'])]]);
    expect(broken({ raw: { ...observed.raw, partitionsByStore: scattered } })).toEqual([
      'P4 order per store: in several hub partitions: BER01',
    ]);
    const oneMore: Observed['states'] = {
      ...observed.states,
      onHandMilli: (store, product) =>
        (observed.states.onHandMilli(store, product) ?? 0) + (store === storeId ? 1 : 0),
      transactions: (store, date) => observed.states.transactions(store, date) + 1,
    };
    expect(broken({ states: oneMore })).toEqual([
      expect.stringMatching(
        /^P2 one effect: 118 of 236 stock positions differ; the tills count \d+ transactions, not /,
      ),
    ]);
    expect(broken({ reports: new Map() })).toEqual([expect.stringMatching(/^P5 .*not proved: 2026-03-02/)]);
    const fingerprints = new Map([['stock BER01', 'other']]);
    expect(broken({ replayed: { ...observed.replayed, fingerprints } })).toEqual([
      expect.stringMatching(/^P7 .*stock BER01/),
    ]);
    expect(broken({ alerts: observed.alerts.slice(1) })).toHaveLength(2);
  });
});
