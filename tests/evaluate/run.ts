/**
 * `npm run evaluate -- reconcile FOLDER [--seed N] [--days N] [--list]`: plants faults of every category in real sales and prints
 * how many of them reconciliation names, with their amounts, and what it names beside them. The same seed gives the same table.
 */
import { parseArgs } from 'node:util';
import { printReconcile } from './reconcile/print.ts';

const USAGE = 'npm run evaluate -- reconcile ../shared/data/online-retail [--seed 1] [--days 69] [--list]';

function numberOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new RangeError(`--${name} must be a number from 0 to 999999999, not "${text}"`);
  return Number(text);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: 'string' }, days: { type: 'string' }, list: { type: 'boolean' } },
  });
  const [what, folder, ...more] = positionals;
  if (what !== 'reconcile' || folder === undefined || more.length > 0)
    throw new RangeError(`Usage: ${USAGE}`);
  const isSound = await printReconcile({
    folder,
    seed: numberOf('seed', values.seed ?? '1'),
    ...(values.days === undefined ? {} : { days: numberOf('days', values.days) }),
    isListed: values.list === true,
  });
  if (!isSound) process.exitCode = 1;
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 2;
}
