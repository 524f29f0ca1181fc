import {
  FIRST_HOUR,
  HOURS,
  JUDGED_HOURS,
  LAST_HOUR,
  type HourPanel,
} from '../../shared/stock/silent/hour-panel.ts';

/** Scores of judged hours, by cell of the panel (series, day, hour). */
export interface Scored {
  readonly cells: Int32Array;
  readonly scores: Float32Array;
}

/** Precision and recall at one threshold. */
export interface AtThreshold {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  /** How many were flagged. */
  readonly flagged: number;
}

export interface Curve {
  /** From the highest threshold to the lowest; hours of one score are one step. */
  readonly steps: readonly AtThreshold[];
  /** Area under the precision-recall curve, as average precision. */
  readonly averagePrecision: number;
}

const labelOf = (panel: HourPanel, cell: number): number => {
  const perSeries = panel.days * HOURS;
  return panel.series[Math.floor(cell / perSeries)]?.out?.[cell % perSeries] ?? 0;
};

/** Every judged hour by itself: is the shelf empty in it? */
export function hourCurve(panel: HourPanel, { cells, scores }: Scored): Curve {
  const order = Uint32Array.from(cells.keys()).sort((one, other) => scores[other]! - scores[one]!);
  let positives = 0;
  for (const cell of cells) positives += labelOf(panel, cell);
  return curveOf(
    order,
    (at) => scores[at]!,
    (at) => labelOf(panel, cells[at]!),
    positives,
  );
}

function curveOf(
  order: Uint32Array,
  scoreOf: (at: number) => number,
  labelOfAt: (at: number) => number,
  positives: number,
): Curve {
  const steps: AtThreshold[] = [];
  let [right, area] = [0, 0];
  for (const [rank, at] of order.entries()) {
    const label = labelOfAt(at);
    right += label;
    if (label > 0) area += right / (rank + 1);
    const next = order[rank + 1];
    if (next !== undefined && scoreOf(next) === scoreOf(at)) continue;
    steps.push({
      threshold: scoreOf(at),
      precision: right / (rank + 1),
      recall: right / positives,
      flagged: rank + 1,
    });
  }
  return { steps, averagePrecision: area / positives };
}

/** The lowest threshold that still has the precision; undefined where none has. */
export function thresholdFor(curve: Curve, precision: number): number | undefined {
  return curve.steps.findLast((step) => step.precision >= precision)?.threshold;
}

export function atThreshold(curve: Curve, threshold: number): AtThreshold {
  const step = curve.steps.findLast((one) => one.threshold >= threshold);
  return step ? { ...step, threshold } : { threshold, precision: 1, recall: 0, flagged: 0 };
}

/** What alerts by one threshold are worth. */
export interface AlertQuality extends AtThreshold {
  /** Hours from the begin of an episode to its alert. */
  readonly medianDelayHours: number;
  readonly perSeriesAndHundredDays: number;
  /** Wrong alerts a store and day. */
  readonly falseAlertsPerStoreDay: number;
}

/**
 * One alert when the score is over the threshold for two hours running; armed again by a sale and by a new day. It is
 * right where the shelf is empty in that very hour, and an *episode* is what is empty without a break within the judged
 * hours of a day.
 * @param panel holds the labels.
 * @param scored all judged hours of some whole days, in the order of their cells.
 */
export function alertQuality(panel: HourPanel, scored: Scored, threshold: number): AlertQuality {
  const delays: number[] = [];
  let [alerts, right, episodes, seriesDays] = [0, 0, 0, 0];
  for (let from = 0; from < scored.cells.length; from += JUDGED_HOURS) {
    seriesDays += 1;
    const day = dayOf(panel, scored, from, threshold);
    alerts += day.alerts;
    right += day.right;
    episodes += day.episodes;
    delays.push(...day.delays);
  }
  delays.sort((one, other) => one - other);
  const stores = new Set(panel.series.map(({ storeId }) => storeId)).size;
  const storeDays = (seriesDays / panel.series.length) * stores;
  return {
    threshold,
    precision: alerts === 0 ? 1 : right / alerts,
    recall: delays.length / episodes,
    flagged: alerts,
    medianDelayHours: delays[delays.length >> 1] ?? Number.NaN,
    perSeriesAndHundredDays: (100 * alerts) / seriesDays,
    falseAlertsPerStoreDay: (alerts - right) / storeDays,
  };
}

function dayOf(panel: HourPanel, { cells, scores }: Scored, from: number, threshold: number) {
  const perSeries = panel.days * HOURS;
  const { sold } = panel.series[Math.floor(cells[from]! / perSeries)]!;
  const delays: number[] = [];
  let [alerts, right, episodes, begin, isFound, isArmed, running] = [0, 0, 0, -1, false, true, 0];
  for (let hour = FIRST_HOUR; hour <= LAST_HOUR; hour += 1) {
    const at = from + hour - FIRST_HOUR;
    const cell = cells[at]!;
    const isOut = labelOf(panel, cell) > 0;
    if (isOut && begin < 0) {
      episodes += 1;
      begin = hour;
      isFound = false;
    } else if (!isOut) begin = -1;
    if ((sold[cell % perSeries] ?? 0) > 0) isArmed = true;
    running = scores[at]! >= threshold ? running + 1 : 0;
    if (running < 2 || !isArmed) continue;
    isArmed = false;
    alerts += 1;
    if (!isOut) continue;
    right += 1;
    if (!isFound) delays.push(hour - begin);
    isFound = true;
  }
  return { alerts, right, episodes, delays };
}

/** The lowest of some thresholds whose alerts are right often enough. */
export function alertThresholdFor(panel: HourPanel, scored: Scored, precision: number): number {
  const sorted = Float32Array.from(scored.scores).sort();
  let best = 1;
  for (let share = 0.998; share > 0.5; share -= 0.002) {
    const threshold = sorted[Math.floor(share * sorted.length)]!;
    if (alertQuality(panel, scored, threshold).precision >= precision) best = threshold;
    else if (share < 0.9) break;
  }
  return best;
}
