import fc from 'fast-check';
import { eventId, tillId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { DEFAULT_JOURNAL, journalCsv } from '../../shared/reports/journal-csv.ts';
import { entry, postedEach, sale } from '../support/ledger-fixtures.ts';
import { postedJournal } from '../support/journal-import.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

const CASH = '110100';
const CARD = '110200';
const REVENUE = '401000';
const TAX = '261100';
const REDUCED = '261101';
const ROUNDING = '690100';
const USD = currency('USD');

const shards = [['S1']];

/** The rows with so much more on each account; a row that becomes nothing is left out. */
function moved(rows: readonly LedgerEntry[], by: Readonly<Record<string, number>>): LedgerEntry[] {
  const [first] = rows;
  const left = new Map(Object.entries(by));
  const changed = rows.map((row) => {
    const amountMinor = row.amountMinor + (left.get(row.account) ?? 0);
    left.delete(row.account);
    return { ...row, amountMinor };
  });
  const more = [...left].map(([account, amountMinor]) =>
    entry({
      account,
      amountMinor,
      documentNumber: first?.documentNumber ?? '',
      voucher: first?.voucher ?? '',
    }),
  );
  return [...changed, ...more].filter(({ amountMinor }) => amountMinor !== 0);
}

const amountOn = (rows: readonly LedgerEntry[], account: string): number =>
  rows.find((row) => row.account === account)?.amountMinor ?? 0;

/** In hundredths of a percent; the cash makes the posting balance. */
function converted(rows: readonly LedgerEntry[], rate: number): LedgerEntry[] {
  const others = rows
    .filter(({ account }) => account !== CASH)
    .map((row) => ({ ...row, currency: USD, amountMinor: Math.round((row.amountMinor * rate) / 10_000) }));
  const sum = others.reduce((total, { amountMinor }) => total + amountMinor, 0);
  return [
    ...others,
    ...rows
      .filter(({ account }) => account === CASH)
      .map((row) => ({ ...row, currency: USD, amountMinor: -sum })),
  ];
}

/** What is done to the rows of a posting, and what finance must be told. `by` is from 2 to 900. */
const FAULTS: Readonly<
  Record<
    string,
    readonly [category: string | undefined, change: (rows: LedgerEntry[], by: number) => LedgerEntry[]]
  >
> = {
  none: [undefined, (rows) => rows],
  'other tax account': [
    'tax-differs',
    (rows) => moved(rows, { [TAX]: -amountOn(rows, TAX), [REDUCED]: amountOn(rows, TAX) }),
  ],
  'part of the tax on another account': ['tax-differs', (rows) => moved(rows, { [TAX]: 60, [REDUCED]: -60 })],
  'gross is right, tax is not': ['tax-differs', (rows, by) => moved(rows, { [TAX]: by, [REVENUE]: -by })],
  'net is right, tax is not': ['tax-differs', (rows, by) => moved(rows, { [TAX]: -by, [CASH]: by })],
  'tax alone': ['tax-differs', (rows, by) => moved(rows, { [TAX]: by })],
  'another tender': [
    'wrong-tender',
    (rows) => moved(rows, { [CASH]: -amountOn(rows, CASH), [CARD]: amountOn(rows, CASH) }),
  ],
  'part of another tender': ['wrong-tender', (rows, by) => moved(rows, { [CASH]: -by, [CARD]: by })],
  'a cent on the other tender': ['wrong-tender', (rows) => moved(rows, { [CASH]: -1, [CARD]: 1 })],
  'a cent of tax': ['rounding-differs', (rows) => moved(rows, { [TAX]: 1, [REVENUE]: -1 })],
  'a cent of the gross': ['rounding-differs', (rows) => moved(rows, { [CASH]: -1, [REVENUE]: 1 })],
  'rounding of cash': ['rounding-differs', (rows) => moved(rows, { [CASH]: -3, [ROUNDING]: 3 })],
  'more than the rounding of cash': ['amount-differs', (rows) => moved(rows, { [CASH]: -5, [ROUNDING]: 5 })],
  'same figures in another currency': [
    'wrong-currency',
    (rows) => rows.map((row) => ({ ...row, currency: USD })),
  ],
  'converted to another currency': ['wrong-currency', (rows, by) => converted(rows, 9_000 + by)],
  'another amount': ['amount-differs', (rows, by) => moved(rows, { [CASH]: by, [REVENUE]: -by })],
  'an account of no receipt': [
    'wrong-account',
    (rows) => moved(rows, { [CASH]: -amountOn(rows, CASH), 999999: amountOn(rows, CASH) }),
  ],
  'a posting that does not balance': ['amount-differs', (rows, by) => moved(rows, { [CASH]: by })],
};

interface Sold {
  readonly netMinor: number;
  readonly fault: string;
  readonly by: number;
  readonly repeats: number;
}

/** Equal amounts, returns, late repeats of the same event, and faults that offset each other in every total. */
const sold = fc.record({
  netMinor: fc.constantFrom(10_000, 10_000, 10_000, 30_000, -10_000),
  fault: fc.constantFrom(...Object.keys(FAULTS)),
  by: fc.integer({ min: 2, max: 900 }),
  repeats: fc.integer({ min: 0, max: 2 }),
});

function dayOf(all: readonly Sold[]): {
  events: TransactionEvent[];
  entries: LedgerEntry[];
  planted: string[];
} {
  const sales = all.map(({ netMinor }, index) =>
    sale(`X${index}`, netMinor, {
      tillId: tillId(`T${index % 2}`),
      eventId: eventId(`tillstream:x${index}`),
    }),
  );
  const planted: string[] = [];
  const entries = sales.flatMap((one, index) => {
    const { fault = 'none', by = 0 } = all[index] ?? {};
    const [category, change] = FAULTS[fault] ?? [undefined, (rows: LedgerEntry[]) => rows];
    if (category !== undefined) planted.push(`${category} ${one.transactionId}`);
    return change(postedEach(one), by);
  });
  const repeats = sales.flatMap((one, index) =>
    Array.from({ length: all[index]?.repeats ?? 0 }, (_, again) => ({
      ...one,
      receivedAt: `2026-03-2${again}T10:00:00.000Z`,
    })),
  );
  return { events: [...sales, ...repeats], entries, planted };
}

test('each difference in one thing alone is told as that, with one exception, whatever offsets it', () => {
  fc.assert(
    fc.property(fc.array(sold, { minLength: 1, maxLength: 12 }), (all) => {
      const { events, entries, planted } = dayOf(all);
      const report = reconcileDay(events, entries, { shards });
      expect(report.proof).toMatchObject({ holds: true, violations: [] });
      const found = report.exceptions.map(({ category, subject }) => `${category} ${subject}`);
      expect(found.sort()).toEqual(planted.sort());
    }),
    { numRuns: 600 },
  );
});

test('what is imported of the correcting entries leaves only what does not balance', () => {
  fc.assert(
    fc.property(fc.array(sold, { minLength: 1, maxLength: 8 }), (all) => {
      const { events, entries } = dayOf(all);
      const before = reconcileDay(events, entries, { shards });
      const { csv } = journalCsv(before.businessDate, before.exceptions, {
        ...DEFAULT_JOURNAL,
        dimensionOf: (store) => store,
      });
      const after = reconcileDay(events, [...entries, ...postedJournal(csv)], { shards });
      expect(after.proof.violations).toEqual([]);
      const unbalanced = all.flatMap(({ fault }, index) =>
        fault === 'tax alone' || fault === 'a posting that does not balance' ? [`X${index}`] : [],
      );
      expect(after.exceptions.map(({ subject }) => subject).sort()).toEqual(unbalanced.sort());
    }),
    { numRuns: 200 },
  );
});

test('two sales whose tenders are swapped show in no total, and are two exceptions', () => {
  const byCash = sale('A', 10_000);
  const byCard = sale('B', 10_000, { tender: 'card', eventId: eventId('tillstream:b') });
  const entries = [
    ...postedEach(byCard, { documentNumber: 'A' }),
    ...postedEach(byCash, { documentNumber: 'B', voucher: 'V-B' }),
  ];
  const report = reconcileDay([byCash, byCard], entries, { shards });
  expect(report.cells.every(({ differenceMinor }) => differenceMinor === 0)).toBe(true);
  expect(report.exceptions.map(({ category, subject, detail }) => [category, subject, detail])).toEqual([
    [
      'wrong-tender',
      'A',
      'Booked to the clearing account of another means of payment. POS less ledger: 119.00 EUR on 110100 (cash), -119.00 EUR on 110200 (card)',
    ],
    [
      'wrong-tender',
      'B',
      'Booked to the clearing account of another means of payment. POS less ledger: -119.00 EUR on 110100 (cash), 119.00 EUR on 110200 (card)',
    ],
  ]);
});
