import { FIRST_HOUR, HOURS, type HourPanel } from '../../shared/stock/silent/hour-panel.ts';

const MOST_RATE = 0.99;

/**
 * What to compare with, and what field reports use: the share of learning days with a sale in each hour, and the
 * unlikelihood of no sale since the last one, beginning anew at 6:00 of each day.
 */
export function silenceScores(panel: HourPanel, learningDays: number, cells: Int32Array): Float32Array {
  const perSeries = panel.days * HOURS;
  const rates = panel.series.map(({ sold }) =>
    Float64Array.from({ length: HOURS }, (_, hour) => {
      let days = 0;
      for (let day = 0; day < learningDays; day += 1) if (sold[day * HOURS + hour]! > 0) days += 1;
      return Math.min(MOST_RATE, days / learningDays);
    }),
  );
  return Float32Array.from(cells, (cell) => {
    const series = Math.floor(cell / perSeries);
    const { sold } = panel.series[series]!;
    const within = cell % perSeries;
    const hour = within % HOURS;
    let silence = 0;
    for (let before = hour; before >= FIRST_HOUR; before -= 1) {
      if (sold[within - hour + before]! > 0) break;
      silence -= Math.log(1 - rates[series]![before]!);
    }
    return silence;
  });
}
