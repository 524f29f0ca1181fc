import { inStockShares } from '../../shared/stock/demand/availability.ts';
import type { DemandHistory } from '../../shared/stock/demand/demand-history.ts';
import { forecastDemand, HORIZON_DAYS } from '../../shared/stock/demand/demand-forecast.ts';
import {
  dayTotals,
  FIRST_HOUR,
  HOURS,
  LAST_HOUR,
  type HourPanel,
} from '../../shared/stock/silent/hour-panel.ts';
import { learnTables } from '../../shared/stock/silent/learn-tables.ts';
import { SaleShapes } from '../../shared/stock/silent/sale-rates.ts';
import { filterPanel } from '../../shared/stock/silent/stock-filter.ts';
import { readFreshRetail } from '../stockout-model/freshretail.ts';

export interface ForecastOptions {
  readonly folder: string;
  readonly print: (line: string) => void;
  readonly progress: (text: string) => void;
}

/** Days of history before the first forecast. */
const LEARNING_DAYS = 60;
/** Days between two forecasts. */
const STEP_DAYS = 7;
const SHARES = [0.5, 0.8, 0.95];

/** What a way of forecasting got wrong. */
class Errors {
  private readonly sums = new Map<string, { error: number; bias: number; sold: number }>();
  private readonly pinball = SHARES.map(() => 0);
  private readonly covered = SHARES.map(() => 0);
  private sold = 0;
  private days = 0;

  add(groups: readonly string[], expected: number, sold: number): void {
    for (const group of groups) {
      const sum = this.sums.get(group) ?? { error: 0, bias: 0, sold: 0 };
      sum.error += Math.abs(sold - expected);
      sum.bias += expected - sold;
      sum.sold += sold;
      this.sums.set(group, sum);
    }
  }

  addQuantiles(quantiles: readonly number[], sold: number): void {
    this.sold += sold;
    this.days += 1;
    for (const [at, quantile] of quantiles.entries()) {
      const share = SHARES[at] ?? 0;
      this.pinball[at]! += Math.max(share * (sold - quantile), (share - 1) * (sold - quantile));
      if (sold <= quantile + 1e-6) this.covered[at]! += 1;
    }
  }

  row(group: string): string {
    const { error, bias, sold } = this.sums.get(group) ?? { error: 0, bias: 0, sold: 1 };
    return `${(error / sold).toFixed(3)} ${signed(bias / sold)}`;
  }

  intervals(): string {
    return SHARES.map(
      (share, at) =>
        `.${String(share).slice(2)}: ${(this.pinball[at]! / (this.sold || 1)).toFixed(3)} (${((100 * this.covered[at]!) / (this.days || 1)).toFixed(1)} %)`,
    ).join('  ');
  }
}

const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;

/** Prints how well the sales of the next 14 days are forecast, beside what takes one line of a spreadsheet. */
export async function evaluateForecast({ folder, print, progress }: ForecastOptions): Promise<void> {
  progress(`reading ${folder}`);
  const { panel, files, incomplete } = await readFreshRetail(folder);
  if (panel.days <= LEARNING_DAYS)
    throw new RangeError(`The files hold ${panel.days} days; more than ${LEARNING_DAYS} are needed`);
  const totals = panel.series.map(({ sold }) => dayTotals(sold));
  const isWhole = panel.series.map(({ out }) => wholeDays(out, panel.days));
  const ways = { ours: new Errors(), average: new Errors(), naive: new Errors() };
  const origins: number[] = [];
  for (let origin = LEARNING_DAYS; origin < panel.days; origin += STEP_DAYS) origins.push(origin);
  for (const origin of origins) {
    progress(`forecasting from day ${origin + 1}`);
    const forecasts = forecastDemand(historyOf(panel, origin), origin);
    for (const [index, total] of totals.entries()) {
      const week = total.subarray(origin - 7, origin);
      const average = week.reduce((sum, units) => sum + units, 0) / 7;
      for (let ahead = 0; ahead < HORIZON_DAYS && origin + ahead < panel.days; ahead += 1) {
        const sold = total[origin + ahead]!;
        const groups = groupsOf(ahead, isWhole[index]![origin + ahead]! > 0);
        ways.ours.add(groups, forecasts[index]!.mean[ahead]!, sold);
        ways.average.add(groups, average, sold);
        ways.naive.add(groups, week[ahead % 7]!, sold);
        if (isWhole[index]![origin + ahead]! > 0)
          ways.ours.addQuantiles(
            SHARES.map((share) => forecasts[index]!.quantile(ahead, share)),
            sold,
          );
      }
    }
  }
  print(
    `${files.length} files: ${panel.series.length} products in their stores, ${panel.days} days; ${incomplete} incomplete series left out. ` +
      `Forecasts of ${HORIZON_DAYS} days from days ${origins.map((day) => day + 1).join(', ')}, each from the days before it alone.`,
  );
  print('');
  print('WAPE and WPE of daily sales per product and store');
  const titles = { ours: 'Tillstream', average: '7-day moving average', naive: 'seasonal naive' };
  print(`  ${''.padEnd(24)}${GROUPS.map((group) => group.padStart(24)).join('')}`);
  for (const [way, title] of Object.entries(titles))
    print(
      `  ${title.padEnd(24)}${GROUPS.map((group) => ways[way as keyof typeof ways].row(group).padStart(24)).join('')}`,
    );
  print('');
  print(`Pinball loss per unit sold and share of days not above, whole days: ${ways.ours.intervals()}`);
}

const GROUPS = ['days 1-7', 'days 8-14', 'whole days 1-7', 'whole days 8-14'];

/** A day without any empty hour is *whole*: only there sales are the demand. */
const groupsOf = (ahead: number, isWhole: boolean): string[] => {
  const week = ahead < 7 ? '1-7' : '8-14';
  return [`days ${week}`, ...(isWhole ? [`whole days ${week}`] : [])];
};

function wholeDays(out: Uint8Array = new Uint8Array(), days: number): Uint8Array {
  return Uint8Array.from({ length: days }, (_, day) => {
    for (let hour = FIRST_HOUR; hour <= LAST_HOUR; hour += 1) if (out[day * HOURS + hour]! > 0) return 0;
    return 1;
  });
}

/** What is known at the origin: sales before it, and prices and holidays that are planned. No label is read. */
function historyOf(panel: HourPanel, origin: number): DemandHistory {
  const known: HourPanel = {
    ...panel,
    days: origin,
    series: panel.series.map((series) => ({ ...series, sold: series.sold.subarray(0, origin * HOURS) })),
  };
  const filtered = filterPanel(known, learnTables(known, origin));
  const shapes = new SaleShapes(origin);
  for (const series of known.series) shapes.add(series);
  return {
    days: origin,
    firstDay: panel.firstDay,
    series: known.series.map((series, index) => ({
      storeId: series.storeId,
      productId: series.productId,
      sold: Float32Array.from(filtered[index]!.totals),
      open: new Uint8Array(origin).fill(1),
      inStock: inStockShares(series, filtered[index]!, shapes.of(series.productId)),
      price: series.discount,
      holiday: series.holiday,
      promotion: series.promotion,
    })),
  };
}
