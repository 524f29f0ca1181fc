import { dynamicsSetup, dynamicsSetupSchema } from '../../shared/forecast/setup.ts';
import { eventId, productId, tillId } from '../../shared/ids.ts';
import { accountRoles } from '../../shared/ledger/account-roles.ts';
import { currency } from '../../shared/money.ts';
import { postingProfileSchema } from '../../shared/ledger/posting-profile.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { checkClaims } from '../../shared/reconciliation/check-claims.ts';
import type { CheckedStore } from '../../shared/reconciliation/checked-store.ts';
import { correctingEntryOf } from '../../shared/reconciliation/correcting-entry.ts';
import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { roundingBoundMinor } from '../../shared/reconciliation/difference-kind.ts';
import type { ReconciliationException } from '../../shared/reconciliation/exception.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { DATE, postedEach, postedInSum, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { NOWHERE, reconcileDay } from '../support/reconcile-day.ts';

const shards = [['S1']];
const setupOf = (file: Record<string, unknown>) => dynamicsSetup(dynamicsSetupSchema.parse(file));
const sold = (id: string, netMinor: number, changes: Partial<TransactionEvent> = {}): TransactionEvent => {
  const one = sale(id, netMinor, { eventId: eventId(`tillstream:${id}`), ...changes });
  return { ...one, lines: one.lines.map((line) => ({ ...line, productId: productId('P1') })) };
};
const named = ({ category, subject, class: kind }: ReconciliationException) =>
  `${category} ${subject}: ${kind}`;

function proved(...of: Parameters<typeof reconcileDay>): readonly ReconciliationException[] {
  const report = reconcileDay(...of);
  expect(report.proof).toMatchObject({ holds: true, violations: [] });
  return report.exceptions;
}

const shift = (rows: readonly LedgerEntry[], by: Readonly<Record<string, number>>): LedgerEntry[] =>
  rows.map((row) => ({ ...row, amountMinor: row.amountMinor + (by[row.account] ?? 0) }));

describe('a statement that differs in one thing alone', () => {
  const day = [7_000, 11_000, 19_000, 31_000].map((net, index) => sold(`X${index}`, net));
  const tender = sold('C', 50_000, { tenders: [{ type: 'card', amountMinor: 59_500 }] });
  const rows = postedInSum([...day, tender]);

  test.each<[string, string, Record<string, number>]>([
    ['tender', 'wrong-tender', { 110100: -1_234, 110200: 1_234 }],
    ['tax', 'tax-differs', { 261100: 77, 401000: -77 }],
    ['the rounding of its lines', 'rounding-differs', { 261100: -2, 401000: 2 }],
    ['more than that', 'tax-differs', { 261100: -3, 401000: 3 }],
    ['none', 'amount-differs', { 110100: -123, 261100: 23, 401000: 100 }],
  ])('%s', (_what, category, by) => {
    expect(proved([...day, tender], shift(rows, by), { shards }).map(named)).toEqual([
      `${category} statement: requires investigation`,
    ]);
  });

  test('the whole of it in another currency', () => {
    const inUsd = rows.map((row) => ({ ...row, currency: currency('USD') }));
    const [exception, ...more] = proved([...day, tender], inUsd, { shards });
    expect(more).toEqual([]);
    expect(exception).toMatchObject({ category: 'wrong-currency', class: 'requires investigation' });
    expect(exception?.detail).toContain('Posted in USD instead of EUR, with the same figures');
  });

  test('where rows could not be read, or another explanation fits, nothing is said to be the one thing', () => {
    const unread = { rows: 1, unplacedRows: 0, firstErrors: [] };
    expect(
      proved([...day, tender], shift(rows, { 261100: 77, 401000: -77 }), { shards, unread })[0],
    ).toMatchObject({
      category: 'amount-differs',
    });
  });
});

test('a tax row that could not be read is no fault of the tax', () => {
  const one = sold('X1', 5_000);
  const entries = postedEach(one).filter(({ account }) => account !== '261100');
  const [exception] = proved([one], entries, {
    shards,
    unread: { rows: 1, unplacedRows: 0, firstErrors: [] },
  });
  expect(exception).toMatchObject({ category: 'amount-differs', class: 'requires investigation' });
  expect(proved([one], entries, { shards })[0]).toMatchObject({ category: 'tax-differs' });
});

test('an account that stands for several things tells nothing', () => {
  const { accounts } = PROFILE;
  const shared = postingProfileSchema.parse({
    accounts: { ...accounts, tender: { ...accounts.tender, card: accounts.tax.default } },
  });
  expect(accountRoles(PROFILE).roleOf.get('261100')).toBe('tax');
  expect(accountRoles(shared).roleOf.get('261100')).toBeUndefined();
  expect(accountRoles(PROFILE).tendersOf.get('110200')).toEqual(['card']);
});

test('rounding of lines: one unit for a line, and never more than half a unit a line', () => {
  expect([1, 2, 4, 12, 100, 1_200].map(roundingBoundMinor)).toEqual([1, 1, 2, 4, 11, 40]);
});

test('amounts of a currency without decimals are rounded by whole units', () => {
  const yen = { currency: currency('JPY'), tenders: [{ type: 'cash' as const, amountMinor: 1_190 }] };
  const one = sold('J', 1_000, yen);
  const rows = postedEach(one).map((row) => ({ ...row, currency: currency('JPY') }));
  expect(proved([one], shift(rows, { 261100: 1, 401000: -1 }), { shards }).map(named)).toEqual([
    'rounding-differs J: adjustment required',
  ]);
  // 11.90 EUR for 1,190 JPY are the same minor units, and other figures.
  const [inEuro] = proved([one], postedEach(one), { shards });
  expect(inEuro?.detail).toContain('Posted in EUR instead of JPY, converted at about 0.0100');
});

describe('what Dynamics refuses', () => {
  const [one, other] = [sold('X1', 5_000), sold('X2', 7_000)];
  const posted = postedEach(other);

  test('a date in no open period', () => {
    const setup = setupOf({ periods: [{ from: '2026-01-01', to: '2026-02-28' }] });
    const [exception, ...more] = proved([one, other], posted, { shards, setup });
    expect(more).toEqual([]);
    expect(exception).toMatchObject({
      category: 'closed-period',
      class: 'adjustment required',
      subject: 'X1',
      detail: 'Not posted, as its date lies in no open period: "Period for 3/2/2026 does not exist."',
      claim: { kind: 'not-posted', refusedBy: ['business-date'] },
    });
    expect(correctingEntryOf(exception as ReconciliationException)).toMatchObject({
      none: expect.stringContaining('its period is not open') as string,
    });
    // Of several reasons the one at which Dynamics stops first counts.
    const twoReasons = setupOf({ periods: [], currencies: [{ currency: 'USD' }], taxCodes: ['reduced'] });
    const inPeriod = { ...setup, currencies: twoReasons.currencies, currency: twoReasons.currency };
    expect(proved([one, other], posted, { shards, setup: inPeriod }).map(named)).toEqual([
      'closed-period X1: adjustment required',
    ]);
    expect(proved([one, other], posted, { shards, setup: twoReasons }).map(named)).toEqual([
      'failed-validation X1: adjustment required',
    ]);
    const closed = setupOf({ periods: [{ from: '2026-03-01', to: '2026-03-31', status: 'closed' }] });
    expect(proved([one, other], [], { shards, setup: closed })).toMatchObject([
      { category: 'closed-period', subject: 'whole day', claim: { refusedBy: ['business-date'] } },
    ]);
  });

  test('validation, and what only posting finds', () => {
    const setup = setupOf({ taxCodes: ['reduced'] });
    expect(proved([one, other], posted, { shards, setup }).map(named)).toEqual([
      'failed-validation X1: adjustment required',
    ]);
    const blocked = setupOf({ currencies: [{ currency: 'USD' }] });
    const [exception] = proved([one, other], posted, { shards, setup: blocked });
    expect(exception).toMatchObject({
      category: 'blocked-in-dynamics',
      detail: 'Not posted, as Dynamics cannot post it: "There is no exchange rate for currency EUR."',
    });
  });

  test('what is refused and posted all the same, or not refused, is no such exception', () => {
    const setup = setupOf({ taxCodes: ['reduced'] });
    expect(proved([other], posted, { shards, setup })).toEqual([]);
    const fine = setupOf({ periods: [{ from: '2026-01-01', to: '2026-12-31' }] });
    expect(proved([one, other], posted, { shards, setup: fine }).map(named)).toEqual([
      'missing-in-ledger X1: adjustment required',
    ]);
  });
});

describe('several receipts of one number', () => {
  const first = sold('N', 1_000);
  const second = sold('N', 4_000, { tillId: tillId('T2'), eventId: eventId('tillstream:n2') });

  test('survive as two, with both readings and what the second is worth', () => {
    const [exception, ...more] = proved([first, second], [...postedEach(first), ...postedEach(second)], {
      shards,
    });
    expect(more).toEqual([]);
    expect(exception).toMatchObject({
      category: 'duplicate-number',
      owner: 'Store operations',
      subject: 'N',
      amountMinor: 4_760,
      parts: [],
      evidence: { eventIds: ['tillstream:N', 'tillstream:n2'] },
      claim: { kind: 'same-number', number: 'N', count: 2 },
    });
    expect(exception?.detail).toMatch(
      /^One transaction number has 2 receipts, and all count: .*11\.90.*47\.60/,
    );
  });

  test('on one till at two times as well; a late repeat of one is no third', () => {
    const again = sold('N', 2_000, {
      eventId: eventId('tillstream:n3'),
      occurredAt: '2026-03-02T11:00:00.000Z',
    });
    const repeat = { ...again, receivedAt: '2026-03-09T11:00:00.000Z' as const };
    const rows = [...postedEach(first), ...postedEach(again)];
    expect(proved([first, again, repeat], rows, { shards })).toMatchObject([
      { category: 'duplicate-number', claim: { count: 2 } },
    ]);
    // At the same time, the second one is held: that is a conflict of what the one receipt says.
    const sameTime = { ...again, occurredAt: first.occurredAt };
    expect(proved([first, sameTime], postedEach(first), { shards }).map(named)).toEqual([
      'identity-conflict N: requires investigation',
    ]);
  });
});

describe('the check of claims shows it if', () => {
  const sides = (events: readonly TransactionEvent[], entries: readonly LedgerEntry[]): CheckedStore => {
    const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => 0 });
    for (const event of events) book.add(event);
    const [day] = book.close();
    if (!day) throw new Error('no day');
    const receipts = [
      { tillId: 'T1', transactionId: 'X1', refusals: [{ rule: 'currency' }] },
      { tillId: 'T1', transactionId: 'X2', refusals: [] },
    ];
    const { storeId, documents } = day;
    return {
      storeId,
      documents,
      entries,
      exceptions: [],
      elsewhere: NOWHERE,
      sets: [],
      accounts: accountRoles(PROFILE),
      receipts,
    };
  };
  const [one, other] = [sold('X1', 5_000), sold('X2', 7_000)];
  const faultsOf = (
    entries: readonly LedgerEntry[],
    change: (exception: ReconciliationException) => Partial<ReconciliationException>,
    events: readonly TransactionEvent[] = [one, other],
  ): string[] => {
    const setup = setupOf({ currencies: [{ currency: 'USD' }] });
    const { exceptions } = reconcileDay(events, entries, { shards, setup });
    const store = sides(events, entries);
    return checkClaims({
      ...store,
      exceptions: exceptions.map((exception, at) =>
        at === 0 ? { ...exception, ...change(exception) } : exception,
      ),
    });
  };
  const all = [...postedEach(one), ...postedEach(other)];
  const off = (by: Readonly<Record<string, number>>) => [...shift(postedEach(one), by), ...postedEach(other)];
  const claimed = (only: 'tax' | 'tender' | 'rounding' | 'currency', more = {}) => ({
    claim: { kind: 'differs' as const, documentId: 'X1', only, ...more },
  });

  test('nothing, where nothing is changed', () => {
    for (const entries of [
      off({ 261100: 50, 401000: -50 }),
      postedEach(other),
      off({ 261100: 1, 401000: -1 }),
    ])
      expect(faultsOf(entries, () => ({}))).toEqual([]);
  });

  test.each<[string, Record<string, number>, ReconciliationException['category'], object]>([
    ['an amount is called a tender', { 110100: 50, 401000: -50 }, 'wrong-tender', claimed('tender')],
    ['an amount is called tax', { 110100: 50, 401000: -50 }, 'tax-differs', claimed('tax')],
    [
      'tax, revenue and tender are called tax',
      { 110100: 50, 261100: -20, 401000: -30 },
      'tax-differs',
      claimed('tax'),
    ],
    [
      'tax is called rounding',
      { 261100: 50, 401000: -50 },
      'rounding-differs',
      claimed('rounding', { lines: 1 }),
    ],
    [
      'more lines are rounded than there are',
      { 261100: 2, 401000: -2 },
      'rounding-differs',
      claimed('rounding', { lines: 9 }),
    ],
    [
      'cash is rounded by a whole step',
      { 110100: 5, 401000: -5 },
      'rounding-differs',
      claimed('rounding', { lines: 1 }),
    ],
    [
      'an amount is called a currency',
      { 110100: 50, 401000: -50 },
      'wrong-currency',
      claimed('currency', { from: 'EUR' }),
    ],
    ['the claim is not that of the category', { 261100: 50, 401000: -50 }, 'amount-differs', claimed('tax')],
    [
      'the category is not that of the claim',
      { 261100: 50, 401000: -50 },
      'tax-differs',
      { claim: { kind: 'differs', documentId: 'X1' } },
    ],
  ])('%s', (_name, by, category, claim) => {
    expect(faultsOf(off(by), () => ({ category, ...claim }))).not.toEqual([]);
  });

  test('rates of two accounts differ', () => {
    const usd = postedEach(one).map((row) => ({ ...row, currency: currency('USD') }));
    const uneven = shift(usd, { 110100: 900, 401000: -900 });
    const change = () => ({
      category: 'wrong-currency' as const,
      ...claimed('currency', { from: currency('EUR') }),
    });
    expect(faultsOf([...usd, ...postedEach(other)], change)).toEqual([]);
    expect(faultsOf([...uneven, ...postedEach(other)], change)).not.toEqual([]);
  });

  test.each<[string, Partial<ReconciliationException>]>([
    [
      'another rule is said to refuse it',
      { claim: { kind: 'not-posted', documentId: 'X1', refusedBy: ['barcode'] } },
    ],
    ['no rule refuses it', { claim: { kind: 'not-posted', documentId: 'X1' } }],
    ['posting is called validation', { category: 'failed-validation' }],
    ['its period is blamed', { category: 'closed-period' }],
  ])('%s', (_name, change) => {
    expect(faultsOf(postedEach(other), () => change)).not.toEqual([]);
  });

  test('one receipt of a number is not named, or one receipt is called two', () => {
    const twin = sold('X1', 900, { tillId: tillId('T2'), eventId: eventId('tillstream:twin') });
    const rows = [...postedEach(one), ...postedEach(twin), ...postedEach(other)];
    const events = [one, twin, other];
    const claim = (eventIds: readonly string[], count = 2) => ({
      claim: { kind: 'same-number' as const, number: 'X1', count, eventIds },
    });
    expect(faultsOf(rows, () => claim(['tillstream:X1', 'tillstream:twin']), events)).toEqual([]);
    expect(faultsOf(rows, () => claim(['tillstream:X1', 'tillstream:X2']), events)).not.toEqual([]);
    expect(faultsOf(rows, () => claim(['tillstream:X1'], 1), events)).not.toEqual([]);
    expect(faultsOf(all, (exception) => exception)).toEqual([]);
  });
});
