/**
 * `npm run evaluate -- WHAT FOLDER`: prints how often Tillstream is right on real data.
 *
 * - `reconcile FOLDER [--seed N] [--days N] [--list]` plants faults of every category in real sales and prints how many of
 *   them reconciliation names, with their amounts, and what it names beside them.
 * - `stockout FOLDER [--seed N] [--model FILE] [--quick]` scores silent stockouts in files of FreshRetailNet beside the
 *   baseline; `--quick` leaves out what is trained on labels, which takes minutes.
 * - `forecast FOLDER` forecasts the sales of the next 14 days in files of FreshRetailNet, beside a 7-day moving average and
 *   seasonal naive.
 * - `tills [--seed N] [--stores N] [--plants N] [--write DIR] [--from DIR] [--list]` plants every scheme in simulated weeks and
 *   prints how many the till rules find, and how many of their alerts are right; see docs/till-benchmark.md.
 * - `outliers FOLDER [--seed N]` scores inspected sales in the protocol of Torgo's DMwR beside a simple baseline.
 *
 * The same seed gives the same table.
 */
import { parseArgs } from 'node:util';
import { evaluateForecast } from '../../infra/demand/evaluate.ts';
import { evaluateStockouts } from '../../infra/stockout-model/evaluate.ts';
import { SHIPPED_MODEL } from '../../infra/stockout-model/paths.ts';
import { printOutliers } from './outliers/print.ts';
import { printReconcile } from './reconcile/print.ts';
import { printTills } from './tills/print.ts';

const USAGE = `Usage:
  npm run evaluate -- reconcile ../shared/data/online-retail [--seed 1] [--days 69] [--list]
  npm run evaluate -- stockout ../shared/data/freshretail [--seed 1] [--model FILE] [--quick]
  npm run evaluate -- forecast ../shared/data/freshretail
  npm run evaluate -- tills [--seed 1] [--stores 12] [--plants 5] [--write DIR] [--from DIR] [--list]
  npm run evaluate -- outliers ../shared/data/inspected-sales [--seed 1]`;

function numberOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new RangeError(`--${name} must be a number from 0 to 999999999, not "${text}"`);
  return Number(text);
}

/** @returns whether what was evaluated holds. */
async function reconcile(args: string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: 'string' }, days: { type: 'string' }, list: { type: 'boolean' } },
  });
  return printReconcile({
    folder: onlyFolder(positionals),
    seed: numberOf('seed', values.seed ?? '1'),
    ...(values.days === undefined ? {} : { days: numberOf('days', values.days) }),
    isListed: values.list === true,
  });
}

async function stockout(args: string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: 'string' }, model: { type: 'string' }, quick: { type: 'boolean' } },
  });
  await evaluateStockouts({
    folder: onlyFolder(positionals),
    seed: numberOf('seed', values.seed ?? '1'),
    modelFile: values.model ?? SHIPPED_MODEL,
    isQuick: values.quick === true,
    print: (line) => console.log(line),
    progress: (text) => console.error(`  ${text} ...`),
  });
  return true;
}

async function forecast(args: string[]): Promise<boolean> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
  await evaluateForecast({
    folder: onlyFolder(positionals),
    print: (line) => console.log(line),
    progress: (text) => console.error(`  ${text} ...`),
  });
  return true;
}

async function tills(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      stores: { type: 'string' },
      plants: { type: 'string' },
      write: { type: 'string' },
      from: { type: 'string' },
      list: { type: 'boolean' },
    },
  });
  return printTills({
    seed: numberOf('seed', values.seed ?? '1'),
    stores: numberOf('stores', values.stores ?? '12'),
    perScheme: numberOf('plants', values.plants ?? '5'),
    ...(values.write === undefined ? {} : { writeTo: values.write }),
    ...(values.from === undefined ? {} : { from: values.from }),
    isListed: values.list === true,
  });
}

async function outliers(args: string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: 'string' } },
  });
  return printOutliers(onlyFolder(positionals), numberOf('seed', values.seed ?? '1'));
}

function onlyFolder(positionals: readonly string[]): string {
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new RangeError(USAGE);
  return folder;
}

const WAYS: Readonly<Record<string, (args: string[]) => Promise<boolean>>> = {
  reconcile,
  stockout,
  forecast,
  tills,
  outliers,
};

try {
  const [what = '', ...args] = process.argv.slice(2);
  const way = Object.hasOwn(WAYS, what) ? WAYS[what] : undefined;
  if (!way) throw new RangeError(USAGE);
  if (!(await way(args))) process.exitCode = 1;
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 2;
}
