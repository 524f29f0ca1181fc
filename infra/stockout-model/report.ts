import type { HourPanel } from '../../shared/stock/silent/hour-panel.ts';
import { alertQuality, atThreshold, hourCurve, thresholdFor } from './judge.ts';
import type { Result } from './study.ts';

const PRECISIONS = [0.9, 0.85, 0.7, 0.5];
const share = (value: number): string => value.toFixed(3);

/** The lines of the table: one way of scoring each. */
export function reportLines(panel: HourPanel, results: readonly Result[]): string[] {
  const lines = [
    'Recall of empty hours at precision .90 / .85 / .70 / .50 (threshold read off the same curve), and average precision',
  ];
  const curves = results.map((result) => ({ result, curve: hourCurve(panel, result.scored) }));
  for (const { result, curve } of curves) {
    const recalls = PRECISIONS.map((precision) => {
      const threshold = thresholdFor(curve, precision);
      return threshold === undefined ? '   - ' : share(atThreshold(curve, threshold).recall);
    });
    lines.push(`  ${result.name.padEnd(26)} ${recalls.join('  ')}   AP ${share(curve.averagePrecision)}`);
  }
  lines.push('', 'With thresholds fixed before the first scored day');
  lines.push(
    `  ${''.padEnd(26)} hours: precision recall | alerts: precision recall, median delay, false a store and day`,
  );
  for (const { result, curve } of curves) {
    if (!result.thresholds) continue;
    const hour = atThreshold(curve, result.thresholds.hour);
    const alert = alertQuality(panel, result.scored, result.thresholds.alert);
    lines.push(
      `  ${result.name.padEnd(26)}        ${share(hour.precision)}     ${share(hour.recall)}  |         ${share(alert.precision)}     ` +
        `${share(alert.recall)}  ${`${alert.medianDelayHours} h`.padStart(12)}  ${alert.falseAlertsPerStoreDay.toFixed(2)}`,
    );
  }
  return lines;
}
