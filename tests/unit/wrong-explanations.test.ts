import { businessDate, eventId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { OtherDates } from '../../shared/reconciliation/other-dates.ts';
import { addDays } from '../../shared/time.ts';
import { DATE, entry, postedEach, postedInSum, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/** What a wrong explanation looked like, and what is right instead: each case passed the proof before. */

const NEXT = businessDate('2026-03-03');
const reportOf = (
  events: readonly TransactionEvent[],
  entries: readonly LedgerEntry[],
  elsewhere?: OtherDates,
) => {
  const report = reconcileDay(events, entries, {
    shards: [['S1']],
    ...(elsewhere && { elsewhere }),
  });
  expect(report.proof).toMatchObject({ holds: true, violations: [] });
  return report;
};
const found = (...of: Parameters<typeof reportOf>): string[] =>
  reportOf(...of).exceptions.map((one) => `${one.category} ${one.subject}: ${one.class}`);
const coffee = (index: number, changes: Partial<TransactionEvent> = {}) =>
  sale(`C${String(index).padStart(2, '0')}`, 300, { eventId: eventId(`tillstream:c${index}`), ...changes });

test('a statement that lacks one of two equal sales accuses no others whose sum is the same', () => {
  const [first, second] = [sale('A1', 900), sale('A2', 900)];
  const others = [sale('B', 300), sale('C', 600), sale('D', 50_000)];
  const [exception, ...more] = reportOf(
    [first, second, ...others],
    postedInSum([second, ...others]),
  ).exceptions;
  expect(more).toEqual([]);
  expect(exception).toMatchObject({
    category: 'missing-in-ledger',
    subject: '1 of 2 equal to A1',
    amountMinor: 1_071,
    candidateCount: 2,
    evidence: { transactionIds: ['A1', 'A2'] },
  });
});

test('of sixty equal sales and fifty-nine vouchers one is missing, and all are candidates', () => {
  const all = Array.from({ length: 60 }, (_, index) => coffee(index));
  const vouchers = all.slice(1).flatMap((one) => postedEach(one, { documentNumber: '' }));
  const [exception, ...more] = reportOf(all, vouchers).exceptions;
  expect(more).toEqual([]);
  expect(exception).toMatchObject({
    category: 'missing-in-ledger',
    class: 'adjustment required',
    subject: '1 of 60 equal to C00',
    candidateCount: 60,
    amountMinor: 357,
  });
  expect(exception?.candidates).toHaveLength(20);
  expect(found(all, postedInSum(all.slice(3)))).toEqual([
    'missing-in-ledger 3 of 60 equal to C00: adjustment required',
  ]);
});

test('a sale that is not posted and an equal one that is posted twice are two exceptions', () => {
  const all = Array.from({ length: 8 }, (_, index) => coffee(index));
  const [missing, twice, ...fine] = all as [TransactionEvent, TransactionEvent, ...TransactionEvent[]];
  const entries = [
    ...fine.flatMap((one) => postedEach(one)),
    ...postedEach(twice),
    ...postedEach(twice, { voucher: 'V-again' }),
  ];
  expect(found(all, entries)).toEqual([
    'duplicate-posting C01: adjustment required',
    'missing-in-ledger C00: adjustment required',
  ]);
  // Paid by card, the two offset each other in revenue and tax alone.
  const byCard = { ...missing, tenders: [{ type: 'card' as const, amountMinor: 357 }] };
  const report = reportOf([byCard, ...all.slice(1)], entries);
  expect(report.exceptions.map((one) => [one.subject, one.parts.length, one.amountMinor])).toEqual([
    ['C01', 3, -357],
    ['C00', 3, 357],
  ]);
});

test('a posting under a wrong number does not stand for the sale that lacks one', () => {
  const all = [coffee(0), coffee(1)];
  const entries = [...postedEach(coffee(1)), ...postedEach(coffee(0), { documentNumber: 'GHOST' })];
  expect(found(all, entries)).toEqual([
    'missing-in-ledger C00: adjustment required',
    'missing-in-pos GHOST: requires investigation',
  ]);
});

test('where the ledger numbers documents otherwise, that is said, and nobody is accused', () => {
  const all = Array.from({ length: 5 }, (_, index) => coffee(index));
  const entries = all.flatMap((one) => postedEach(one, { documentNumber: `INV-${one.transactionId}` }));
  expect(found(all, entries)).toEqual(['ambiguous document numbers: requires investigation']);
});

test('missing, extra and posted twice are weighed against each other', () => {
  const [small, large] = [sale('S', 1_000), sale('L', 70_000)];
  const again = postedEach(small, { documentNumber: '', voucher: 'GJ-1' });
  const report = reportOf([small, large], [...postedInSum([small, large]), ...again]);
  expect(report.exceptions).toMatchObject([
    {
      category: 'ambiguous',
      subject: 'GJ-1',
      class: 'requires investigation',
      candidateCount: 2,
      amountMinor: -1_190,
    },
  ]);
  expect(report.exceptions[0]?.candidates?.map((one) => one.reading)).toEqual([
    'No POS event explains voucher GJ-1',
    'S is posted again by voucher GJ-1',
  ]);
});

test('a sale of which the ledger has no voucher is not said to be posted twice', () => {
  const [half, whole] = [sale('A', 500), sale('B', 1_000)];
  const again = (voucher: string) => postedEach(whole, { documentNumber: '', voucher });
  const [exception, ...more] = reportOf([half, whole], [...again('V1'), ...again('V2')]).exceptions;
  expect(more).toEqual([]);
  // The two vouchers of B say that B is posted twice and A not at all; in sum it could be A twice.
  expect(exception).toMatchObject({ category: 'ambiguous', candidateCount: 2 });
  expect(exception?.candidates?.map(({ documentIds }) => documentIds)).toEqual([['A'], ['A', 'B']]);
});

test('two pairs of sales that fit equally well are left open', () => {
  const all = [10_000, 20_000, 40_000, 50_000, 9_000_000].map((net, index) => sale(`P${index}`, net));
  const posted = postedInSum(all.slice(4).concat(all.slice(1, 3)));
  const report = reportOf(all, posted);
  expect(report.exceptions).toMatchObject([
    { category: 'ambiguous', candidateCount: 2, amountMinor: 71_400 },
  ]);
});

test('with many sales of few prices a pair that fits says nothing', () => {
  const all = Array.from({ length: 120 }, (_, index) => sale(`M${index}`, 100 + index));
  const entries = postedInSum(all).map((row) =>
    row.account === '110100' || row.account === '401000'
      ? { ...row, amountMinor: row.amountMinor - Math.sign(row.amountMinor) * 7_777 }
      : row,
  );
  expect(found(all, entries)).toEqual(['amount-differs statement: requires investigation']);
});

describe('the other date', () => {
  const options = { businessDate: DATE, profile: PROFILE, dayEndMsOf: () => 0 };
  const lookingFor = (
    ids: readonly string[],
    events: readonly TransactionEvent[],
    rows: readonly LedgerEntry[],
  ) => {
    const other = new OtherDates(options);
    for (const id of ids) other.ask(coffee(0).storeId, id);
    for (const event of events) other.addEvent(event);
    for (const row of rows) other.addEntry(coffee(0).storeId, row);
    return other;
  };
  const late = (one: TransactionEvent, changes: Partial<LedgerEntry> = {}) =>
    postedEach(one, { accountingDate: NEXT, ...changes });
  const fine = coffee(9);
  const missing = sale('X1', 5_000);
  const posted = postedEach(fine);

  test('a sale that is posted there with the same amounts is a timing difference', () => {
    const other = lookingFor(['X1'], [], late(missing));
    expect(found([missing, fine], posted, other)).toEqual(['wrong-date X1: timing difference']);
  });

  test('late and wrong is no timing difference', () => {
    const other = lookingFor(['X1'], [], late(sale('X1', 4_000)));
    expect(found([missing, fine], posted, other)).toEqual(['late-and-wrong X1: adjustment required']);
    const twice = lookingFor(['X1'], [], [...late(missing), ...late(missing, { voucher: 'again' })]);
    expect(found([missing, fine], posted, twice)).toEqual(['late-and-wrong X1: adjustment required']);
  });

  test('a number that comes again every day has a posting of its own there', () => {
    const own = sale('X1', 5_000, { businessDate: NEXT, eventId: eventId('tillstream:next') });
    const other = lookingFor(['X1'], [own], late(own));
    expect(found([missing, fine], posted, other)).toEqual(['missing-in-ledger X1: adjustment required']);
    const both = lookingFor(['X1'], [own], [...late(own), ...late(own, { voucher: 'late' })]);
    expect(found([missing, fine], posted, both)).toEqual(['wrong-date X1: timing difference']);
  });

  const early = sale('X2', 5_000, { businessDate: NEXT });
  const stray = [...posted, ...postedEach(early, { accountingDate: DATE })];

  test('two dates that fit a stray posting equally well leave it open', () => {
    const sooner = { ...early, businessDate: addDays(DATE, -1), eventId: eventId('tillstream:sooner') };
    expect(found([fine], stray, lookingFor(['X2'], [early, sooner], []))).toEqual([
      'missing-in-pos X2: requires investigation',
    ]);
  });

  test('a posting that came too early must be of a document in force with these amounts', () => {
    expect(found([fine], stray, lookingFor(['X2'], [early], []))).toEqual([
      'wrong-date X2: timing difference',
    ]);
    for (const status of ['voided', 'suspended', 'cancelled'] as const)
      expect(found([fine], stray, lookingFor(['X2'], [{ ...early, status }], []))).toEqual([
        'missing-in-pos X2: adjustment required',
      ]);
    expect(found([fine], stray, lookingFor(['X2'], [{ ...early, training: true }], []))).toEqual([
      'missing-in-pos X2: adjustment required',
    ]);
    const other = sale('X2', 4_000, { businessDate: NEXT });
    expect(found([fine], stray, lookingFor(['X2'], [other], []))).toEqual([
      'late-and-wrong X2: adjustment required',
    ]);
  });

  test('a posting that its own date has as well is a duplicate only with the same amounts', () => {
    expect(found([fine], stray, lookingFor(['X2'], [early], late(early)))).toEqual([
      'duplicate-posting X2: adjustment required',
    ]);
    const dearer = sale('X2', 6_000, { businessDate: NEXT });
    expect(found([fine], stray, lookingFor(['X2'], [dearer], late(dearer)))).toEqual([
      'missing-in-pos X2: requires investigation',
    ]);
  });

  test('a posting is no duplicate of one that its own date has with other amounts', () => {
    const wrongThere = late(sale('X2', 4_000));
    expect(found([fine], stray, lookingFor(['X2'], [early], wrongThere))).toEqual([
      'late-and-wrong X2: adjustment required',
    ]);
    // Neither posting is the document's alone; together they are.
    const [half, rest] = [sale('X2', 2_000), sale('X2', 3_000)];
    const here = [...posted, ...postedEach(half, { accountingDate: DATE })];
    expect(found([fine], here, lookingFor(['X2'], [early], late(rest)))).toEqual([
      'wrong-date X2: timing difference',
    ]);
  });

  test('a whole day that was posted to the next date does not wait for its posting', () => {
    const other = lookingFor(['X1', 'C09'], [], [...late(missing), ...late(fine)]);
    expect(found([missing, fine], [], other)).toEqual([
      'wrong-date C09: timing difference',
      'wrong-date X1: timing difference',
    ]);
  });

  test('a number that was not asked for, and this date itself, are not kept', () => {
    const other = lookingFor(['X1'], [sale('X1', 1)], [...late(fine), ...postedEach(missing)]);
    expect(other.entriesOf(missing.storeId, 'C09')).toEqual([]);
    expect(other.entriesOf(missing.storeId, 'X1')).toEqual([]);
    expect(other.documentsOf(missing.storeId, 'X1')).toEqual([]);
  });
});

test('a sale of which one account is posted twice differs, and is no duplicate', () => {
  const one = sale('X1', 5_000);
  const rows = postedEach(one);
  for (const row of rows) {
    const readAt = { ...row.readAt, row: `${row.readAt.row} again` };
    for (const voucher of [row.voucher, 'again'])
      expect(found([one], [...rows, { ...row, voucher, readAt }])).toEqual([
        `${row.account === '261100' ? 'tax' : 'amount'}-differs X1: adjustment required`,
      ]);
  }
  expect(found([one], [...rows, ...postedEach(one, { voucher: 'again' })])).toEqual([
    'duplicate-posting X1: adjustment required',
  ]);
});

test('a posted sale that the POS has voided says so', () => {
  const voided = { ...coffee(0), status: 'voided' as const };
  const report = reportOf([voided, coffee(1)], [...postedEach(coffee(0)), ...postedEach(coffee(1))]);
  expect(report.exceptions).toMatchObject([
    { category: 'missing-in-pos', class: 'adjustment required', subject: 'C00' },
  ]);
  expect(report.exceptions[0]?.detail).toContain('voided');
});

test("a till's own imbalance is never blamed on the ledger", () => {
  const wrong = coffee(0, { totals: { netMinor: 300, taxMinor: 114, grossMinor: 414 } });
  const right = postedEach(coffee(0));
  expect(found([wrong, coffee(1)], [...right, ...postedEach(coffee(1))])).toEqual([
    'unbalanced-transaction C00: requires investigation',
  ]);
  const statement = postedInSum([coffee(0), coffee(1), sale('Z', 9_000)]);
  expect(found([wrong, coffee(1), sale('Z', 9_000)], statement)).toEqual([
    'unbalanced-transaction C00: requires investigation',
  ]);
});

test('a refund by unknown means that the ledger posted rightly is to be investigated, not adjusted', () => {
  const refund = sale('R1', -1_000, {
    tenders: [{ type: 'other', label: 'REFUND', amountMinor: -1_190 }],
    quality: ['unknown-tender'],
  });
  const right = postedEach(sale('R1', -1_000));
  const categories = [
    'unknown-tender R1: requires investigation',
    'unknown-tender REFUND: requires investigation',
  ];
  expect(found([refund, coffee(1)], [...right, ...postedEach(coffee(1))])).toEqual(categories);
  expect(
    found(
      [refund, coffee(1), sale('Z', 9_000)],
      postedInSum([sale('R1', -1_000), coffee(1), sale('Z', 9_000)]),
    ),
  ).toEqual(categories);
  // A known tender on another account is the ledger's fault.
  const known = { ...refund, quality: undefined };
  expect(found([known, coffee(1)], [...right, ...postedEach(coffee(1))])).toEqual([
    'wrong-tender R1: adjustment required',
  ]);
});

test('one of several sales with one number is missing', () => {
  const twins = [
    coffee(0, { tillId: tillId('T1') }),
    sale('C00', 700, { tillId: tillId('T2'), eventId: eventId('tillstream:twin') }),
  ];
  const conflict = 'duplicate-number C00: requires investigation';
  const report = reportOf(twins, postedEach(coffee(0)));
  expect(report.exceptions.map((one) => `${one.category} ${one.subject}: ${one.class}`)).toEqual([
    conflict,
    'missing-in-ledger C00: adjustment required',
  ]);
  expect(report.exceptions[1]).toMatchObject({ amountMinor: 833, claim: { till: 'T2' } });
});

test('rows that could not be read are said, and nothing waits for them', () => {
  const unread = {
    rows: 3,
    unplacedRows: 0,
    firstErrors: [
      { file: 'ledger.csv', line: 7, column: 'TransactionCurrencyAmount', reason: '"1.2.3" is no number' },
    ],
  };
  const report = reconcileDay([coffee(0)], [], { shards: [['S1']], unread });
  expect(report.exceptions).toMatchObject([
    { category: 'missing-in-ledger', subject: 'whole day', class: 'requires investigation' },
    { category: 'rows-not-read', class: 'requires investigation' },
  ]);
  for (const { detail } of report.exceptions) expect(detail).toMatch(/3 ledger rows .*ledger\.csv:7/);
  const unplaced = reconcileDay([coffee(0)], [], {
    shards: [['S1']],
    unread: { ...unread, rows: 0, unplacedRows: 1 },
  });
  expect(unplaced.exceptions).toMatchObject([{ class: 'requires investigation' }]);
  expect(unplaced.exceptions[0]?.detail).toContain('may be of this store and date');
});

test('the value of an exception does not turn with its largest line', () => {
  const one = sale('V', 10_000, {
    totals: { netMinor: 10_000, taxMinor: 1_900, grossMinor: 11_900, roundingMinor: -3 },
    tenders: [{ type: 'cash', amountMinor: 11_897 }],
  });
  const other = {
    ...one,
    tenders: [{ type: 'cash' as const, amountMinor: 11_900 }],
    totals: { netMinor: 10_000, taxMinor: 1_900, grossMinor: 11_900 },
  };
  const valuesOf = (event: TransactionEvent) =>
    reportOf([event, coffee(1)], postedEach(coffee(1))).exceptions.map((exception) => exception.amountMinor);
  expect(valuesOf(one)).toEqual([11_900]);
  expect(valuesOf(other)).toEqual([11_900]);
  const refund = sale('V', -10_000);
  expect(valuesOf(refund)).toEqual([11_900]);
  const ghost = entry({ account: '110100', amountMinor: 50, documentNumber: 'G' });
  expect(reportOf([coffee(1)], [...postedEach(coffee(1)), ghost]).exceptions).toMatchObject([
    { amountMinor: -50 },
  ]);
});

test('ids stay when more is posted, and evidence stays bounded', () => {
  const all = Array.from({ length: 80 }, (_, index) => sale(`N${index}`, 1_000 + 37 * index * index));
  const off = (count: number) => [
    ...Array.from({ length: count }, (_, index) =>
      postedInSum(all.slice((index * 80) / count, ((index + 1) * 80) / count), { voucher: `ST-${index}` }),
    ).flat(),
    entry({ account: '110100', amountMinor: 12_345, voucher: 'ST-0' }),
  ];
  const [one] = reportOf(all, off(4)).exceptions;
  const [many] = reportOf(all, off(8)).exceptions;
  expect(one?.exceptionId).toBe(many?.exceptionId);
  expect(many?.subject.length).toBeLessThan(100);
  expect(JSON.stringify(many).length).toBeLessThan(30_000);
  expect(many?.evidence.omitted).toBe(80 - 20 + 80 - 20 + 8 * 3 + 1 - 20);
  // Pairs of these sales have equal sums, and one voucher is no sum at all: nothing of it is accused.
  expect(found(all, off(40))).toEqual(['amount-differs statement: requires investigation']);
});

test('totals that no safe integer holds are exact, and stop nobody', () => {
  const most = 10 ** 11;
  const huge = (index: number) =>
    entry({ account: '110100', amountMinor: most * 900, voucher: `H${index}`, documentNumber: `H${index}` });
  const rows = Array.from({ length: 300 }, (_, index) => huge(index));
  const report = reportOf([coffee(1)], [...postedEach(coffee(1)), ...rows, ...rows]);
  const cell = report.cells.find(({ account }) => account === '110100');
  expect(BigInt(cell?.ledgerMinor ?? 0)).toBe(600n * BigInt(most) * 900n + 357n);
  expect(typeof cell?.ledgerMinor).toBe('string');
  expect(report.proof.holds).toBe(true);
});

test('one posting of twice the amount is a wrong amount; rows that stand there again are a repeat', () => {
  const [first, second] = [sale('A', 1_000), sale('B', 500)];
  const swapped = [...postedEach(sale('A', 500)), ...postedEach(sale('B', 1_000))];
  expect(found([first, second], swapped)).toEqual([
    'amount-differs A: adjustment required',
    'amount-differs B: adjustment required',
  ]);
  expect(found([second], [...postedEach(second), ...postedEach(second)])).toEqual([
    'duplicate-posting B: adjustment required',
  ]);
});

test('a stray posting of another date does not break up a day that was not posted', () => {
  const day = Array.from({ length: 9 }, (_, index) =>
    sale(`X${index}`, 1_000 + index, { eventId: eventId(`tillstream:x${index}`) }),
  );
  const stray = postedEach(sale('Y1', 77));
  expect(found(day, stray)).toEqual([
    'missing-in-ledger whole day: timing difference',
    'missing-in-pos Y1: requires investigation',
  ]);
  // A statement under a number of its own is no stray, nor is what equals one of the sales.
  expect(found(day, postedInSum(day, { documentNumber: 'STMT' }))).toEqual([]);
  expect(found(day, postedEach(day[0] as TransactionEvent, { documentNumber: 'Y2' }))).not.toContain(
    'missing-in-ledger whole day: timing difference',
  );
});

test('vouchers without numbers that stand for a sale each: several faults of both kinds keep their causes', () => {
  const all = Array.from({ length: 14 }, (_, index) =>
    sale(`X${String(index).padStart(2, '0')}`, 1_000 + 137 * index * index, {
      eventId: eventId(`tillstream:x${index}`),
    }),
  );
  const unnamed = (one: TransactionEvent, mark = '') =>
    postedEach(one, { documentNumber: '', voucher: `V-${one.transactionId}${mark}` });
  const [first, second, third, ...others] = all as [
    TransactionEvent,
    TransactionEvent,
    TransactionEvent,
    ...TransactionEvent[],
  ];
  const entries = [
    ...others.flatMap((one) => unnamed(one)),
    ...others.slice(3, 5).flatMap((one) => unnamed(one, '-again')),
    entry({ account: '690300', amountMinor: 777, voucher: 'GJ' }),
    entry({ account: '120900', amountMinor: -777, voucher: 'GJ' }),
  ];
  expect(found(all, entries)).toEqual([
    'duplicate-posting X06: adjustment required',
    'duplicate-posting X07: adjustment required',
    ...[first, second, third].map((one) => `missing-in-ledger ${one.transactionId}: adjustment required`),
    'missing-in-pos GJ: requires investigation',
  ]);
});

test('what all readings have in common is named, and only the rest is left open', () => {
  const all = Array.from({ length: 6 }, (_, index) =>
    sale(`X${index}`, 1_000 + 137 * index * index, { eventId: eventId(`tillstream:x${index}`) }),
  );
  const [missing, again, ...others] = all as [TransactionEvent, TransactionEvent, ...TransactionEvent[]];
  const entries = [again, ...others].flatMap((one) => postedEach(one));
  expect(found(all, [...entries, ...postedEach(again, { documentNumber: '', voucher: 'V-again' })])).toEqual([
    'ambiguous V-again: requires investigation',
    `missing-in-ledger ${missing.transactionId}: adjustment required`,
  ]);
});
