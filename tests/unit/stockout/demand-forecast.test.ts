import fc from 'fast-check';
import { randomFor } from '../../../infra/stockout-model/random.ts';
import type { DemandHistory, DemandSeries } from '../../../shared/stock/demand/demand-history.ts';
import { forecastDemand, HORIZON_DAYS } from '../../../shared/stock/demand/demand-forecast.ts';
import { poissonQuantile } from '../../../shared/stock/demand/poisson.ts';

const DAYS = 56;

/** Poisson sales around a rate by day. */
function madeSeries(
  storeId: string,
  productId: string,
  rateOf: (day: number) => number,
  more: Partial<DemandSeries> = {},
): DemandSeries {
  const random = randomFor(7, `${storeId}/${productId}`);
  const poisson = (mean: number): number => {
    let [number, product] = [0, random()];
    for (const limit = Math.exp(-mean); product > limit; product *= random()) number += 1;
    return number;
  };
  return {
    storeId,
    productId,
    category: 'dairy',
    sold: Float32Array.from({ length: DAYS }, (_, day) => poisson(rateOf(day))),
    open: new Uint8Array(DAYS).fill(1),
    inStock: new Float32Array(DAYS).fill(1),
    ...more,
  };
}

/** Day 0 is a Thursday: day 2 is a Saturday, on which twice as much is sold. */
const factorOf = (day: number): number => (day % 7 === 2 ? 2 : 1);
function chain(more: readonly DemandSeries[] = []): DemandHistory {
  const series = ['S1', 'S2', 'S3'].flatMap((store, at) =>
    ['P1', 'P2', 'P3', 'P4', 'P5'].map((product, of) =>
      madeSeries(store, product, (day) => (1 + at) * (1 + of) * factorOf(day)),
    ),
  );
  return { days: DAYS, firstDay: 0, series: [...series, ...more] };
}

test('level and weekday of each product are found', () => {
  const forecasts = forecastDemand(chain());
  for (const [index, { mean }] of forecasts.entries()) {
    const level = (1 + Math.floor(index / 5)) * (1 + (index % 5));
    for (const [ahead, expected] of mean.entries()) {
      const truth = level * factorOf(DAYS + ahead);
      expect(Math.abs(expected - truth)).toBeLessThan(Math.max(0.8, 4 * Math.sqrt(truth / 6)));
    }
    const [plain, saturday] = [mean[0]!, mean[(2 - (DAYS % 7) + 7) % 7]!];
    expect(saturday / plain).toBeGreaterThan(1.5);
    expect(saturday / plain).toBeLessThan(2.5);
  }
});

test('a product on its first day in a store has the level of the product elsewhere, times the size of the store', () => {
  const open = new Uint8Array(DAYS);
  open[DAYS - 1] = 1;
  const none = madeSeries('S3', 'P9', () => 0, { open });
  const elsewhere = ['S1', 'S2'].map((store, at) =>
    madeSeries(store, 'P9', (day) => (1 + at) * 4 * factorOf(day)),
  );
  const isOpen = new Float32Array(DAYS).fill(1);
  const forecasts = forecastDemand(chain([...elsewhere, { ...none, inStock: isOpen }]));
  const mean = forecasts.at(-1)!.mean[0]!;
  // One day without a sale against a store that would sell twelve.
  expect(mean).toBeGreaterThan(4);
  expect(mean).toBeLessThan(12);
});

test('closed days and empty shelves are no lack of demand', () => {
  const closed = Uint8Array.from({ length: DAYS }, (_, day) => (day >= DAYS - 10 ? 0 : 1));
  const quiet = (day: number): number => (day >= DAYS - 10 ? 0 : 6 * factorOf(day));
  const open = forecastDemand(chain([madeSeries('S1', 'P8', quiet, { open: closed })])).at(-1)!;
  const unsold = forecastDemand(chain([madeSeries('S1', 'P8', quiet)])).at(-1)!;
  expect(open.mean[0]!).toBeGreaterThan(4);
  expect(unsold.mean[0]!).toBeLessThan(0.75 * open.mean[0]!);
});

test('a price cut that is planned raises the days for which it is planned, and no other', () => {
  const cut = (day: number): boolean => day % 9 === 4;
  const price = Float32Array.from({ length: DAYS + HORIZON_DAYS }, (_, day) => (cut(day) ? 0.6 : 1));
  const series = Array.from({ length: 20 }, (_, at) =>
    madeSeries('S1', `P${at}`, (day) => 5 * (cut(day) ? 3 : 1), { price }),
  );
  const { mean } = forecastDemand({ days: DAYS, firstDay: 0, series })[0]!;
  for (const [ahead, expected] of mean.entries())
    expect(expected / (cut(DAYS + ahead) ? 15 : 5)).toBeCloseTo(1, 0);
});

test('intervals keep what they promise on days that follow', () => {
  const history = chain(
    Array.from({ length: 60 }, (_, at) => madeSeries('S4', `Q${at}`, (day) => 3 * factorOf(day))),
  );
  const forecasts = forecastDemand(history, DAYS - HORIZON_DAYS);
  for (const share of [0.5, 0.8, 0.95]) {
    let [within, days] = [0, 0];
    for (const [index, { quantile }] of forecasts.entries())
      for (let ahead = 0; ahead < HORIZON_DAYS; ahead += 1) {
        days += 1;
        const sold = history.series[index]!.sold[DAYS - HORIZON_DAYS + ahead]!;
        if (sold <= quantile(ahead, share)) within += 1;
      }
    // Sales are whole numbers, so a share may be exceeded by the weight of one of them.
    expect(within / days).toBeGreaterThan(share - 0.08);
    expect(within / days).toBeLessThan(share + 0.22);
  }
});

const series = fc.record({
  storeId: fc.constantFrom('S1', 'S2'),
  productId: fc.constantFrom('P1', 'P2', 'P3'),
  category: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  sold: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })), {
    minLength: 20,
    maxLength: 20,
  }),
  open: fc.array(fc.constantFrom(0, 1, 1), { minLength: 20, maxLength: 20 }),
  inStock: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }),
});

test('whatever was sold, a forecast is a number of at least 0, its quantiles rise, and nothing after its origin changes it', () => {
  fc.assert(
    fc.property(
      fc.array(series, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      (made, origin) => {
        const history = (change: (value: number) => number): DemandHistory => ({
          days: 20,
          firstDay: 3,
          series: made.map((one) => ({
            ...one,
            sold: Float32Array.from(one.sold, (units, day) => (day < origin ? units : change(units))),
            open: Uint8Array.from(one.open),
            inStock: Float32Array.from(one.inStock),
          })),
        });
        const forecasts = forecastDemand(
          history((units) => units),
          origin,
        );
        const other = forecastDemand(
          history((units) => units * 3 + 1),
          origin,
        );
        for (const [index, { mean, quantile }] of forecasts.entries()) {
          expect(mean).toEqual(other[index]!.mean);
          for (let ahead = 0; ahead < HORIZON_DAYS; ahead += 1) {
            expect(Number.isFinite(mean[ahead]) && mean[ahead]! >= 0).toBe(true);
            const [low, high] = [quantile(ahead, 0.5), quantile(ahead, 0.95)];
            expect(Number.isFinite(low) && low >= 0 && low <= high).toBe(true);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('the quantile of a Poisson variable is the smallest number that is not exceeded so often', () => {
  expect([poissonQuantile(0, 0.95), poissonQuantile(1, 0.5), poissonQuantile(1, 0.95)]).toEqual([0, 1, 3]);
  expect([poissonQuantile(10, 0.5), poissonQuantile(10, 0.95)]).toEqual([10, 15]);
  expect(Math.abs(poissonQuantile(1_000, 0.95) - 1_052)).toBeLessThanOrEqual(2);
});

const alone = (sold: readonly number[]): DemandHistory => ({
  days: sold.length,
  firstDay: 0,
  series: [
    {
      storeId: 'S1',
      productId: 'P1',
      sold: Float32Array.from(sold),
      open: new Uint8Array(sold.length).fill(1),
      inStock: new Float32Array(sold.length).fill(1),
    },
  ],
});

test.each([
  ['one sale and many', [1, 0, 0, 0, 2, 0, 0], 0.1, 1],
  ['a single sale', [0, 0, 0, 0, 2, 0, 0], 0.05, 1],
  ['no sale at all', [0, 0, 0, 0, 0, 0, 0], 0, 0],
])('where Croston fails (robjhyndman/forecast 26) there is a forecast: %s', (_, sold, least, most) => {
  for (const expected of forecastDemand(alone(sold))[0]!.mean) {
    expect(expected).toBeGreaterThanOrEqual(least);
    expect(expected).toBeLessThanOrEqual(most);
  }
});

test('demand that falls to nothing is forecast as little, never as less (antoinecarme/pyaf 90)', () => {
  const wave = [587, 578, 600, 599, 678, 555, 700, 436, 309, 90, 34, 0, 0, 0, 0, 56, 203, 403, 621, 600, 550];
  const { mean, quantile } = forecastDemand(alone([...wave, 412, 301, 200, 45, 0, 0, 0, 0, 0, 0]))[0]!;
  for (const [ahead, expected] of mean.entries()) {
    expect(expected).toBeGreaterThanOrEqual(0);
    expect(quantile(ahead, 0.05)).toBeGreaterThanOrEqual(0);
  }
});
