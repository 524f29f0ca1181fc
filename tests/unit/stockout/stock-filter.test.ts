import fc from 'fast-check';
import { atThreshold, hourCurve } from '../../../infra/stockout-model/judge.ts';
import { silenceScores } from '../../../infra/stockout-model/baseline.ts';
import { depletion, HOURS } from '../../../shared/stock/silent/hour-panel.ts';
import { labelledFeatures } from '../../../shared/stock/silent/labelled-features.ts';
import { learnTables } from '../../../shared/stock/silent/learn-tables.ts';
import { silenceFeatures } from '../../../shared/stock/silent/silence-features.ts';
import { bucketOf, BUCKETS, filterPanel } from '../../../shared/stock/silent/stock-filter.ts';
import { madePanel } from '../../support/hour-panel.ts';

const panel = madePanel();
const tables = learnTables(panel, 40);

test('the share of supply used up falls into one of the buckets, and a larger share into no lower one', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(bucketOf(less)).toBeLessThanOrEqual(bucketOf(more));
        expect(bucketOf(more)).toBeLessThan(BUCKETS);
      },
    ),
  );
  expect(bucketOf(0)).toBe(0);
  expect(bucketOf(1)).toBe(BUCKETS - 1);
});

test('depletion is the share of the last two weeks that today has reached', () => {
  const totals = Float64Array.from([9, 1, 2, 3, 4, 5]);
  expect(depletion(totals, 5, 2)).toBeCloseTo(2 / 5);
  expect(depletion(totals, 0, 7)).toBe(0.5);
  expect(
    depletion(
      Float64Array.from({ length: 20 }, (_, day) => day),
      20,
      6,
    ),
  ).toBeCloseTo(1 / 14);
});

test('every posterior is a probability, and a sale takes doubt away', () => {
  const isProbability = (value: number): boolean => value >= 0 && value <= 1;
  for (const [index, filtered] of filterPanel(panel, tables).entries()) {
    const { sold } = panel.series[index]!;
    expect(filtered.out.every(isProbability)).toBe(true);
    expect(filtered.outInHindsight.every(isProbability)).toBe(true);
    expect(filtered.rate.every(isProbability)).toBe(true);
    const moreDoubtBySale = filtered.out.filter((out, cell) => {
      const before = filtered.out[cell - 1] ?? 0;
      return sold[cell]! > 0 && before > 0.2 && out >= before;
    });
    expect([...moreDoubtBySale]).toEqual([]);
  }
});

test('a score never looks ahead: what is sold later, and every label from that day on, changes nothing before', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 30 * HOURS, max: 69 * HOURS }),
      fc.integer({ min: 0, max: 17 }),
      (from, which) => {
        const series = panel.series.map((one, index) => {
          const [sold, out] = [one.sold.slice(), one.out!.slice()];
          if (index === which)
            for (let cell = from; cell < sold.length; cell += 1) sold[cell] = cell % 5 === 0 ? 7 : 0;
          const day = Math.floor(from / HOURS);
          for (let cell = day * HOURS; cell < out.length; cell += 1) out[cell] = 1 - out[cell]!;
          return { ...one, sold, out };
        });
        const other = { ...panel, series };
        const day = Math.floor(from / HOURS);
        const days = { first: day - 1, end: day + 1 };
        const before = silenceFeatures(panel, filterPanel(panel, tables), days, labelledFeatures(panel));
        const after = silenceFeatures(other, filterPanel(other, tables), days, labelledFeatures(other));
        const width = before.names.length;
        let compared = 0;
        for (const [row, cell] of before.cells.entries()) {
          if (cell % (panel.days * HOURS) >= from) continue;
          compared += 1;
          expect(after.rows.subarray(row * width, (row + 1) * width)).toEqual(
            before.rows.subarray(row * width, (row + 1) * width),
          );
        }
        expect(compared).toBeGreaterThan(0);
      },
    ),
    { numRuns: 6 },
  );
});

test('the tables are learned from sales alone: emptying gets likelier with what is sold, shelves fill at night', () => {
  const blind = {
    ...panel,
    series: panel.series.map((one) => {
      const { out: _out, ...rest } = one;
      return rest;
    }),
  };
  expect(learnTables(blind, 40)).toEqual(tables);
  expect(tables.afterSale.at(-1)!).toBeGreaterThan(tables.afterSale[1]!);
});

test('the filter finds more empty hours than silence alone, at the same precision', () => {
  const filtered = filterPanel(panel, tables);
  const { cells } = silenceFeatures(panel, filtered, { first: 40, end: 70 });
  const perSeries = panel.days * HOURS;
  const scores = Float32Array.from(
    cells,
    (cell) => filtered[Math.floor(cell / perSeries)]!.out[cell % perSeries]!,
  );
  const found = hourCurve(panel, { cells, scores });
  const baseline = hourCurve(panel, { cells, scores: silenceScores(panel, 40, cells) });
  expect(found.averagePrecision).toBeGreaterThan(baseline.averagePrecision);
  expect(atThreshold(found, 0.9).precision).toBeGreaterThan(0.8);
});
