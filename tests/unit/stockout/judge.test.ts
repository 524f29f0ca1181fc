import { alertQuality, atThreshold, hourCurve, thresholdFor } from '../../../infra/stockout-model/judge.ts';
import { FIRST_HOUR, HOURS, JUDGED_HOURS, type HourPanel } from '../../../shared/stock/silent/hour-panel.ts';

/** One series, one day: from 10:00 on empty, with a sale at 9:00 and, by mistake, at 15:00. */
const sold = new Float32Array(HOURS);
sold[9] = 1;
sold[15] = 1;
const out = Uint8Array.from({ length: HOURS }, (_, hour) => (hour >= 10 ? 1 : 0));
const panel: HourPanel = {
  days: 1,
  firstDay: 0,
  series: [
    {
      storeId: 'S1',
      productId: 'P1',
      sold,
      out,
      discount: Float32Array.of(1),
      holiday: Uint8Array.of(0),
      promotion: Uint8Array.of(0),
    },
  ],
};
const cells = Int32Array.from({ length: JUDGED_HOURS }, (_, at) => at + FIRST_HOUR);
const scoredBy = (scoreOf: (hour: number) => number) => ({
  cells,
  scores: Float32Array.from(cells, (cell) => scoreOf(cell)),
});

test('precision and recall are those of all hours at or above the threshold; equal scores go together', () => {
  const curve = hourCurve(
    panel,
    scoredBy((hour) => (hour === 8 || hour >= 12 ? 1 : 0)),
  );
  // 8:00 is wrong, 12:00 to 22:00 are right, 10:00 and 11:00 are missed.
  expect(curve.steps[0]).toMatchObject({ flagged: 12, precision: 11 / 12, recall: 11 / 13 });
  expect(curve.steps).toHaveLength(2);
  expect(thresholdFor(curve, 0.9)).toBe(1);
  expect(thresholdFor(curve, 0.95)).toBeUndefined();
  expect(atThreshold(curve, 2)).toMatchObject({ flagged: 0, recall: 0 });
});

test('a perfect score has the whole area', () => {
  expect(
    hourCurve(
      panel,
      scoredBy((hour) => (hour >= 10 ? 1 : 0)),
    ).averagePrecision,
  ).toBe(1);
});

test('an alert comes after two hours over the threshold, once, and again only after a sale', () => {
  const quality = alertQuality(
    panel,
    scoredBy((hour) => (hour >= 11 ? 1 : 0)),
    0.5,
  );
  // 12:00, and 15:00 or later anew: the sale at 15:00 arms it while the score stays high.
  expect(quality).toMatchObject({ flagged: 2, precision: 1, recall: 1, medianDelayHours: 2 });
});

test('one hour over the threshold is no alert, and a wrong alert counts by store and day', () => {
  expect(
    alertQuality(
      panel,
      scoredBy((hour) => (hour === 12 ? 1 : 0)),
      0.5,
    ).flagged,
  ).toBe(0);
  const wrong = alertQuality(
    panel,
    scoredBy((hour) => (hour === 7 || hour === 8 ? 1 : 0)),
    0.5,
  );
  expect(wrong).toMatchObject({ flagged: 1, precision: 0, recall: 0, falseAlertsPerStoreDay: 1 });
});
