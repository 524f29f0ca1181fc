import { FIRST_HOUR, HOURS, LAST_HOUR, type HourPanel } from './hour-panel.ts';
import type { LabelledFeatures } from './silence-features.ts';

const HISTORY_DAYS = 30;
const DECAY = 0.95;
const MIDDAY = { first: 9, last: 16 };

const NAMES = [
  'labelledOutAtHour',
  'labelledOutShare',
  'labelledHazard',
  'unitsToLabelledOutset',
  'labelledOutsets',
  'labelledMiddayRestock',
  'labelledOutLastEvening',
  'labelledOutsetHour',
] as const;

/**
 * For a retailer that records when shelves were empty: what the labels of *earlier* days say about a series. The day
 * itself is never looked at.
 */
export function labelledFeatures(panel: HourPanel): LabelledFeatures {
  return {
    names: NAMES,
    ofDay(index, day) {
      const { sold, out = new Uint8Array(sold.length) } = panel.series[index]!;
      const past = pastOf(sold, out, day);
      return (hour, units) => [
        past.outAtHour[hour]! / (past.weight || 1),
        past.outHours / (past.weight || 1) / (LAST_HOUR - FIRST_HOUR + 1),
        (past.outsets + 0.3) / (past.salesInStock + 6),
        units / ((past.outsets > 0 ? past.unitsAtOutset / past.outsets : past.meanUnits * 1.5) + 0.5),
        past.outsets / (past.weight || 1),
        (past.middayRestocks + 0.1) / (past.middayOutHours + 3),
        day > 0 ? out[(day - 1) * HOURS + LAST_HOUR]! : 0,
        past.outsets > 0 ? past.outsetHours / past.outsets : HOURS,
      ];
    },
  };
}

function pastOf(sold: Float32Array, out: Uint8Array, day: number) {
  const past = {
    weight: 0,
    outAtHour: new Float64Array(HOURS),
    outHours: 0,
    outsets: 0,
    unitsAtOutset: 0,
    outsetHours: 0,
    salesInStock: 0,
    middayRestocks: 0,
    middayOutHours: 0,
    meanUnits: 0,
  };
  let totalUnits = 0;
  for (let before = Math.max(0, day - HISTORY_DAYS); before < day; before += 1) {
    const weight = DECAY ** (day - 1 - before);
    past.weight += weight;
    let units = 0;
    for (let hour = 0; hour < HOURS; hour += 1) {
      const cell = before * HOURS + hour;
      units += sold[cell]!;
      if (out[cell] === 1) past.outAtHour[hour]! += weight;
      if (out[cell] === 1 && hour >= FIRST_HOUR && hour <= LAST_HOUR) past.outHours += weight;
      if (hour === HOURS - 1) continue;
      const isOutNext = out[cell + 1] === 1;
      if (out[cell] === 1 && hour >= MIDDAY.first && hour <= MIDDAY.last) {
        past.middayOutHours += weight;
        if (!isOutNext) past.middayRestocks += weight;
      }
      if (out[cell] === 1 || hour < FIRST_HOUR - 1) continue;
      if (sold[cell]! > 0) past.salesInStock += weight;
      if (!isOutNext) continue;
      past.outsets += weight;
      past.unitsAtOutset += weight * units;
      past.outsetHours += weight * hour;
    }
    totalUnits += units;
  }
  past.meanUnits = day === 0 ? 0 : totalUnits / Math.min(HISTORY_DAYS, day);
  return past;
}
