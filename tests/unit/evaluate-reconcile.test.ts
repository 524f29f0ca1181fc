import { join } from 'node:path';
import { CATEGORIES } from '../../shared/reconciliation/exception.ts';
import { evaluateQuarter, type Evaluated } from '../evaluate/reconcile/quarter.ts';
import { scoreOf } from '../evaluate/reconcile/score.ts';
import { sharedData } from '../support/shared-data.ts';

/** A part of what `npm run evaluate -- reconcile` does: real sales, an independent ledger, faults of every category. */

const DAYS = 8;
const folder = sharedData('online-retail');
const evaluate = (seed: string): Promise<Evaluated> | undefined =>
  folder === undefined
    ? undefined
    : evaluateQuarter({ file: join(folder, 'invoices-2009-12-to-2010-02.csv.gz'), seed, days: DAYS });

let evaluated: Evaluated | undefined;
beforeAll(async () => {
  evaluated = await evaluate('one');
});

test('in real sales every planted fault is told, and no other', () => {
  if (!evaluated) return;
  const { books, reports } = evaluated;
  expect(reports).toHaveLength(DAYS);
  expect(reports.flatMap(({ proof }) => proof.violations)).toEqual([]);
  const { lines, missed, unexpected } = scoreOf(books.truths, reports);
  expect(unexpected.map(({ category, subject, detail }) => `${category} ${subject}: ${detail}`)).toEqual([]);
  expect(missed.filter(({ outcome }) => outcome === 'silent')).toEqual([]);
  // Within a statement, or between vouchers without numbers, some faults can only be left open.
  expect(missed.filter(({ truth }) => truth.layout === 'reference')).toEqual([]);
  const ofVouchers = lines.filter(({ layout }) => layout === 'voucher');
  const total = (of: 'planted' | 'found'): number => ofVouchers.reduce((sum, line) => sum + line[of], 0);
  expect(total('found') / total('planted')).toBeGreaterThan(0.9);
});

test('the same seed plants the same faults', async () => {
  if (!evaluated) return;
  const again = await evaluate('one');
  const textsOf = (one: Evaluated | undefined) =>
    one?.books.truths.map((truth) => `${truth.date} ${truth.category} ${truth.subject} ${truth.amountMinor}`);
  expect(textsOf(again)).toEqual(textsOf(evaluated));
});

test('a category of which no fault is planted is said', () => {
  if (!evaluated) return;
  const { lines } = scoreOf(evaluated.books.truths, evaluated.reports);
  expect([...new Set(lines.map(({ category }) => category))].sort()).toEqual([...CATEGORIES].sort());
});
