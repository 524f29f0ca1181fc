import fc from 'fast-check';
import { businessDate, eventId, type BusinessDate } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import type { ReconciliationException } from '../../shared/reconciliation/exception.ts';
import { OtherDates } from '../../shared/reconciliation/other-dates.ts';
import { WindowDates } from '../../shared/reconciliation/window-dates.ts';
import { DATE, postedEach, postedInSum, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/** Sales of several dates in vouchers without numbers; what is open on one date may be posted on another one. */

const NEXT = businessDate('2026-03-03');
const BEFORE = businessDate('2026-03-01');
const options = {
  businessDate: DATE,
  profile: PROFILE,
  dayEndMsOf: () => Date.parse('2026-03-03T04:00:00.000Z'),
};

const sold = (id: string, net: number, date: BusinessDate = DATE): TransactionEvent =>
  sale(id, net, { businessDate: date, eventId: eventId(`tillstream:${id}`) });
const posted = (one: TransactionEvent, date: BusinessDate = one.businessDate, mark = ''): LedgerEntry[] =>
  postedEach(one, { documentNumber: '', accountingDate: date, voucher: `V-${one.transactionId}${mark}` });
/** Sales that tie, so that vouchers are seen to be posted one a sale. */
const fine = (date: BusinessDate): TransactionEvent[] =>
  [7_001, 8_003, 9_007, 9_511].map((net, index) => sold(`F${index}-${date}`, net, date));

function exceptionsOf(
  events: readonly TransactionEvent[],
  rows: readonly LedgerEntry[],
): readonly ReconciliationException[] {
  const elsewhere = new OtherDates(options);
  const window = new WindowDates(options, new Set(events.map(({ storeId }) => storeId)));
  for (const event of events) window.addEvent(event);
  for (const row of rows) window.addEntry(row.storeDimension as TransactionEvent['storeId'], row);
  elsewhere.searchIn(window);
  const report = reconcileDay(
    events.filter((event) => event.businessDate === DATE),
    rows.filter((row) => row.accountingDate === DATE),
    { shards: [['S1']], elsewhere },
  );
  expect(report.proof).toMatchObject({ holds: true, violations: [] });
  return report.exceptions;
}
const named = (exceptions: readonly ReconciliationException[]) =>
  exceptions.map(({ category, subject, class: kind }) => `${category} ${subject}: ${kind}`);

const three = [...fine(BEFORE), ...fine(DATE), ...fine(NEXT)];
const threePosted = three.flatMap((one) => posted(one));

test('a sale that the next date has in a voucher of its own is a timing difference', () => {
  const late = sold('L', 50_000);
  const [exception, ...more] = exceptionsOf([...three, late], [...threePosted, ...posted(late, NEXT)]);
  expect(more).toEqual([]);
  expect(exception).toMatchObject({
    category: 'wrong-date',
    class: 'timing difference',
    subject: 'L',
    detail: 'Posted on 2026-03-03 (V-L, the only one of these amounts) instead of its business date',
    claim: { kind: 'not-posted', on: { businessDate: NEXT, name: 'V-L' } },
  });
});

test('a voucher that no sale of its date explains is that of the date before', () => {
  const late = sold('L', 50_000, BEFORE);
  expect(exceptionsOf([...three, late], [...threePosted, ...posted(late, DATE)])).toMatchObject([
    { category: 'wrong-date', subject: 'V-L', claim: { on: { businessDate: BEFORE, name: 'L' } } },
  ]);
});

test('a voucher that its own date needs is not that of another one', () => {
  const [late, equal] = [sold('L', 50_000), sold('E', 50_000, NEXT)];
  const rows = [...threePosted, ...posted(equal)];
  expect(named(exceptionsOf([...three, late, equal], rows))).toEqual([
    'missing-in-ledger L: adjustment required',
  ]);
});

test('two sales, two vouchers or two dates that fit equally well are left open, and each reading is told', () => {
  const [late, other] = [sold('L', 50_000), sold('O', 50_000, BEFORE)];
  const [exception, ...more] = exceptionsOf([...three, late, other], [...threePosted, ...posted(late, NEXT)]);
  expect(more).toEqual([]);
  expect(exception).toMatchObject({ category: 'ambiguous', class: 'requires investigation', subject: 'L' });
  expect(exception?.candidates?.map(({ reading }) => reading)).toEqual([
    'L is not posted',
    'L is posted by voucher V-L of 2026-03-03',
  ]);
  const twice = [...posted(late, NEXT), ...posted(late, BEFORE, '-b')];
  expect(named(exceptionsOf([...three, late], [...threePosted, ...twice]))).toEqual([
    'ambiguous L: requires investigation',
  ]);
});

test('a voucher that looks like a repeat here may be the sale that another date lacks', () => {
  const [here, before] = [sold('H', 50_000), sold('B', 50_000, BEFORE)];
  const rows = [...threePosted, ...posted(here), ...posted(before, DATE)];
  expect(named(exceptionsOf([...three, here, before], rows))).toEqual([
    'ambiguous H: requires investigation',
  ]);
  // Without the other date's lack it is a repeat.
  const fineBefore = [...rows, ...posted(before, BEFORE, '-own')];
  expect(named(exceptionsOf([...three, here, before], fineBefore))).toEqual([
    'duplicate-posting H: adjustment required',
  ]);
});

test('a sale whose number another date has needs no voucher', () => {
  const before = sold('B', 50_000, BEFORE);
  const rows = [
    ...threePosted,
    ...postedEach(before, { accountingDate: NEXT }),
    ...posted(before, DATE, '-x'),
  ];
  expect(named(exceptionsOf([...three, before], rows))).toEqual([
    'missing-in-pos V-B-x: requires investigation',
  ]);
});

test('a sale that another date lacks without a word, as its refund is missing too, is a reading as well', () => {
  const [late, lost, refund] = [sold('L', 50_000, BEFORE), sold('N', 50_000, NEXT), sold('R', -50_000, NEXT)];
  const rows = [...threePosted, ...posted(late, DATE), ...posted(sold('Z', 60_000, BEFORE), NEXT)];
  const exceptions = exceptionsOf([...three, late, lost, refund], rows);
  expect(named(exceptions)).toEqual(['ambiguous V-L: requires investigation']);
});

test('of more than can be held nothing is searched', () => {
  const window = new WindowDates(options, new Set([sold('X', 1).storeId]));
  const row = posted(sold('X', 1_000), NEXT)[0] as LedgerEntry;
  for (let at = 0; at <= 300_001; at += 1) window.addEntry(sold('X', 1).storeId, row);
  expect(window.isFull).toBe(true);
  expect(window.of(sold('X', 1).storeId)).toEqual([]);
});

test('whatever is late, missing, repeated or equal: the proof holds, and no sale is said to be late that is not', () => {
  const one = fc.record({
    net: fc.constantFrom(50_000, 50_000, 60_000, 110_000, -50_000),
    date: fc.constantFrom(BEFORE, DATE, NEXT),
    on: fc.constantFrom<readonly BusinessDate[] | 'own' | 'statement'>(
      'own',
      'own',
      'own',
      'statement',
      [],
      [NEXT],
      [BEFORE],
      [DATE],
      [DATE, NEXT],
    ),
  });
  let late = 0;
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 7 }), (all) => {
      const events = all.map(({ net, date }, index) => sold(`X${index}`, net, date));
      const rows = events.flatMap((event, index) => {
        const on = all[index]?.on ?? 'own';
        if (on === 'statement') return [];
        const dates = on === 'own' ? [event.businessDate] : on;
        return dates.flatMap((date, at) => posted(event, date, `-${at}`));
      });
      const statements = [BEFORE, DATE, NEXT].flatMap((date) =>
        postedInSum(
          events.filter((event, index) => all[index]?.on === 'statement' && event.businessDate === date),
          { accountingDate: date, voucher: `STMT-${date}` },
        ),
      );
      const exceptions = exceptionsOf([...three, ...events], [...threePosted, ...rows, ...statements]);
      for (const { category, claim } of exceptions) {
        if (category !== 'wrong-date' || claim.kind !== 'not-posted') continue;
        late += 1;
        const index = Number(claim.documentId.slice(1));
        const isEqual = (net: number | undefined) => net === all[index]?.net;
        // Of equal amounts nothing tells whose voucher it is, but some of them must be posted late.
        expect(all.some(({ net, on, date }) => isEqual(net) && Array.isArray(on) && !on.includes(date))).toBe(
          true,
        );
      }
    }),
    { numRuns: 800 },
  );
  expect(late).toBeGreaterThan(20);
});
