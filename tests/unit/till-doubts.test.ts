import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventId, tillId } from '../../shared/ids.ts';
import { currency as currencyOf } from '../../shared/money.ts';
import type { DrawerEvent, TransactionEvent } from '../../shared/pos/event.ts';
import type { QualityIssue } from '../../shared/pos/quality-issue.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import { posLogSource } from '../../shared/pos/sources/poslog/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { TILL_DOUBTS } from '../../shared/reconciliation/till-doubts.ts';
import { DATE, entry, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';
import { sharedData } from '../support/shared-data.ts';

/** What a till left open about its own events is told as that, and never as a fault of the ledger. */
const S1 = { shards: [['S1']] };
const categoriesOf = ({ exceptions }: DayReport): string[] => exceptions.map(({ category }) => category);
const marked = (id: string, netMinor: number, ...quality: QualityIssue[]): TransactionEvent =>
  sale(id, netMinor, { quality });

describe('marks of the mapping', () => {
  test.each(TILL_DOUBTS)('%s is an exception of its own, with an owner', (doubt) => {
    const event = marked('1', 1_000, doubt);
    const [found, ...others] = reconcileDay([event], postedEach(event), S1).exceptions;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ category: doubt, subject: 'till T1', parts: [] });
    expect(found?.class).toBe(
      ['amount-rounded', 'text-cut'].includes(doubt) ? 'no action' : 'requires investigation',
    );
    expect(found?.owner).toBe(['content-not-read', 'text-cut'].includes(doubt) ? 'IT' : 'Store operations');
    expect(found?.evidence.eventIds).toEqual([event.eventId]);
  });

  test('the detail has both readings: what counts, and what lines and tenders say', () => {
    const event = {
      ...marked('1', 1_000, 'totals-disagree'),
      totals: { netMinor: 900, taxMinor: 190, grossMinor: 1_090 },
      tenders: [{ type: 'cash' as const, amountMinor: 1_100, changeMinor: 10 }],
    };
    const [found] = reconcileDay([event], postedEach(event), S1).exceptions;
    expect(found?.detail).toContain('1: counted as net 9.00, tax 1.90, gross 10.90 EUR');
    expect(found?.detail).toContain('its lines add up to 10.00 without tax');
    expect(found?.detail).toContain('its tenders to 10.90');
  });

  test('a till that always has the mark is one exception, with all of its sales counted', () => {
    const events = Array.from({ length: 30 }, (_, index) =>
      marked(`${100 + index}`, 1_000, 'tax-calculated'),
    );
    const other = { ...marked('900', 500, 'tax-calculated'), tillId: tillId('T2') };
    const { exceptions } = reconcileDay(
      [...events, other],
      [...events, other].flatMap((one) => postedEach(one)),
      S1,
    );
    expect(exceptions.map(({ subject }) => subject)).toEqual(['till T1', 'till T2']);
    expect(exceptions[0]?.detail).toContain('30 events, gross 357.00 EUR');
    expect(exceptions[0]?.evidence).toMatchObject({ omitted: 10 });
  });

  test('drawers and shifts have marks too; training has none', () => {
    const drawer = {
      ...sale('1', 1_000),
      kind: 'drawer',
      action: 'paidIn',
      amountMinor: 500,
      eventId: eventId('tillstream:d1'),
      quality: ['content-not-read'],
    } as unknown as DrawerEvent;
    expect(categoriesOf(reconcileDay([drawer], [], S1))).toContain('content-not-read');
    const practised = { ...marked('1', 1_000, 'totals-disagree'), training: true };
    expect(reconcileDay([practised], [], S1).exceptions).toEqual([]);
  });

  test('a till that does not balance is told once, with its difference', () => {
    const event = {
      ...marked('1', 1_000, 'totals-unbalanced'),
      tenders: [{ type: 'cash' as const, amountMinor: 1_200 }],
    };
    expect(categoriesOf(reconcileDay([event], postedEach(event), S1))).toEqual(['unbalanced-transaction']);
  });
});

describe('a difference in a document that the till left in doubt', () => {
  const doubtful = {
    ...marked('1', 3_000, 'tax-unknown'),
    totals: { netMinor: 3_000, taxMinor: 0, grossMinor: 3_000 },
    lines: sale('1', 3_000).lines.map((line) => ({ ...line, taxes: [] })),
    tenders: [{ type: 'cash' as const, amountMinor: 3_000 }],
  };
  const rows = (documentNumber: string) => [
    entry({ account: '110100', amountMinor: 3_000, documentNumber }),
    entry({ account: '401000', amountMinor: -2_500, documentNumber }),
    entry({ account: '261100', amountMinor: -500, documentNumber }),
  ];

  test('by number: the till is named, and nobody is told to adjust the ledger', () => {
    const report = reconcileDay([doubtful], rows('1'), S1);
    expect(report.proof.holds).toBe(true);
    expect(new Set(categoriesOf(report))).toEqual(new Set(['tax-unknown']));
    const blamed = report.exceptions.find(({ parts }) => parts.length > 0);
    expect(blamed).toMatchObject({ class: 'requires investigation', owner: 'Store operations' });
    expect(blamed?.detail).toContain('Settle that first');
    expect(report.summary.byClass['adjustment required']).toBeUndefined();
  });

  test('in a statement of several sales as well', () => {
    const others = [sale('2', 1_111), sale('3', 2_222)];
    const right = {
      ...doubtful,
      totals: { netMinor: 2_500, taxMinor: 500, grossMinor: 3_000 },
      lines: doubtful.lines.map((line) => ({
        ...line,
        taxes: [{ code: 'standard', taxableMinor: 2_500, amountMinor: 500 }],
      })),
    };
    const report = reconcileDay([doubtful, ...others], postedInSum([right, ...others]), S1);
    expect(report.proof.holds).toBe(true);
    const blamed = report.exceptions.filter(({ parts }) => parts.length > 0);
    expect(blamed.map(({ category }) => category)).toEqual(['tax-unknown']);
  });

  test('without a number it may be what the ledger posted with other amounts', () => {
    const report = reconcileDay([doubtful], rows(''), S1);
    expect(report.proof.holds).toBe(true);
    expect(report.summary.byClass['adjustment required']).toBeUndefined();
    expect(report.exceptions.find(({ category }) => category === 'missing-in-ledger')?.detail).toContain(
      'a posting of other amounts may be it',
    );
  });

  test('is the ledger’s still where it is larger than all that is in doubt', () => {
    const large = [2, 3, 4].map((at) => sale(`${at}`, 900_000 + at));
    const small = marked('1', 100, 'totals-disagree');
    const [first, ...rest] = postedInSum([small, ...large]);
    if (!first) throw new Error('has rows');
    const entries = [{ ...first, amountMinor: first.amountMinor - 777_777 }, ...rest];
    const report = reconcileDay([small, ...large], entries, S1);
    const found = report.exceptions.find(({ parts }) => parts.length > 0);
    expect(found?.category).toBe('amount-differs');
  });
});

describe('a person decided that an event counts', () => {
  const first = sale('1', 1_000, { eventId: eventId('tillstream:x') });
  const second = {
    ...sale('1', 2_000, { eventId: eventId('tillstream:x') }),
    receivedAt: '2026-03-02T11:00:00.000Z',
  };
  const decided = { ...second, decision: 'count' as const };
  const posted = [...postedEach(first), ...postedEach(second)];

  test('before: the second is held, and finance told', () => {
    const report = reconcileDay([first, second], posted, S1);
    expect(categoriesOf(report)).toContain('identity-conflict');
    expect(report.exceptions.some(({ parts }) => parts.length > 0)).toBe(true);
  });

  test.each([
    ['in order', [first, second, decided]],
    ['backwards', [decided, second, first]],
    ['twice', [first, decided, second, decided]],
  ])('%s: both count once, and the decision is said', (_name, events) => {
    const report = reconcileDay(events, posted, S1);
    expect(report.proof).toMatchObject({ holds: true, violations: [] });
    expect(categoriesOf(report)).toEqual(['counted-by-decision']);
    expect(report.exceptions[0]).toMatchObject({ class: 'no action', subject: '1' });
    expect(report.exceptions[0]?.detail).toContain('23.80 EUR');
    expect(report.exceptions.flatMap(({ parts }) => parts)).toEqual([]);
  });

  test('a late one that the books have already counts once all the same', () => {
    const late = { ...first, decision: 'count' as const };
    const report = reconcileDay([first, late], postedEach(first), S1);
    expect(categoriesOf(report)).toEqual(['counted-by-decision']);
    expect(report.cells.every((cell) => cell.posMinor === cell.ledgerMinor)).toBe(true);
  });

  test('an open conflict stays one, beside what was decided', () => {
    const third = {
      ...sale('1', 3_000, { eventId: eventId('tillstream:x') }),
      receivedAt: '2026-03-02T12:00:00.000Z',
    };
    const report = reconcileDay([first, second, decided, third], posted, S1);
    expect(categoriesOf(report)).toEqual(['counted-by-decision', 'identity-conflict']);
    const conflict = report.exceptions[1];
    expect(conflict?.detail).toContain('(counts, by decision)');
    expect(conflict?.amountMinor).toBe(3_570);
  });

  test('of a sale and a drawer movement with one id, the second counts once it is decided', () => {
    const drawer = {
      ...sale('1', 1),
      kind: 'drawer',
      action: 'paidIn',
      amountMinor: 700,
      eventId: first.eventId,
      receivedAt: '2026-03-02T09:00:00.000Z',
    } as unknown as DrawerEvent;
    expect(categoriesOf(reconcileDay([drawer, first], [], S1))).toContain('identity-conflict');
    const report = reconcileDay([drawer, first, { ...first, decision: 'count' }], [], S1);
    expect(report.proof.holds).toBe(true);
    expect(categoriesOf(report)).not.toContain('identity-conflict');
    expect(categoriesOf(report)).toContain('counted-by-decision');
    expect(report.cells.find(({ account }) => account === '110100')?.posMinor).toBe(1_890);
  });

  test('money in the drawer counts by decision too', () => {
    const drawer = (amountMinor: number, receivedAt: string) =>
      ({
        ...sale('1', 1),
        kind: 'drawer',
        action: 'paidIn',
        amountMinor,
        receivedAt,
        eventId: eventId('tillstream:d'),
      }) as unknown as DrawerEvent;
    const one = drawer(500, '2026-03-02T11:00:00.000Z');
    const other = drawer(700, '2026-03-02T12:00:00.000Z');
    const cashOf = (report: DayReport) => report.cells.find(({ account }) => account === '110100')?.posMinor;
    expect(cashOf(reconcileDay([one, other], [], S1))).toBe(500);
    const report = reconcileDay([one, other, { ...other, decision: 'count' }], [], S1);
    expect(cashOf(report)).toBe(1_200);
    expect(categoriesOf(report)).toContain('counted-by-decision');
  });
});

const folder = sharedData('field');
(folder === undefined ? describe.skip : describe)(
  'C10: a till that states its tax three times, C12: twice',
  () => {
    const catalog = indexCatalog(
      [
        ['0031', 'JPY'],
        ['0610', 'GBP'],
      ].map(([storeId, currency]) =>
        storeSchema.parse({
          storeId,
          name: storeId,
          timeZone: 'UTC',
          cutOver: '00:00',
          currency,
          hours: [],
          ledgerDimension: 'S1',
        }),
      ),
      [],
    );
    const read = (name: string) =>
      posLogSource
        .read(readFileSync(join(folder ?? '', name)), {
          catalog,
          pseudonymise: pseudonymiser({ customers: 'c', operators: 'o', ids: 'i' }),
          receivedAt: '2026-03-02T18:00:00.000Z',
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        })
        .events.map((event) => ({ ...event, storeId: sale('1', 1).storeId, businessDate: DATE }));
    const rows = (code: string, documentNumber: string, amounts: Record<string, number>) =>
      Object.entries(amounts).map(([account, amountMinor]) =>
        entry({ account, amountMinor, documentNumber, currency: currencyOf(code) }),
      );

    test('C12: the right ledger is blamed for nothing', () => {
      const posted = rows('JPY', '', { 110100: 1_548, 401000: -1_434, 261100: -114 });
      const report = reconcileDay(read('p11-ncr-jp.xml'), posted, S1);
      expect(report.proof.holds).toBe(true);
      expect(report.exceptions.flatMap(({ parts }) => parts)).toEqual([]);
    });

    test('C10: the right ledger is blamed for nothing, and the till is named', () => {
      const posted = rows('GBP', '', { 110100: 657, 401000: -591, 261100: -66 });
      const report = reconcileDay(read('p07-retalix-uk.xml'), posted, S1);
      expect(report.exceptions.flatMap(({ parts }) => parts)).toEqual([]);
      expect(categoriesOf(report)).toContain('totals-disagree');
    });

    test('C10: a ledger that took another of the readings is not told to adjust', () => {
      const [event] = read('p07-retalix-uk.xml');
      const id = event?.kind === 'transaction' ? event.transactionId : '';
      const posted = rows('GBP', id, { 110100: 657, 401000: -525, 261100: -132 });
      const report = reconcileDay(read('p07-retalix-uk.xml'), posted, S1);
      expect(report.proof.holds).toBe(true);
      expect(report.summary.byClass['adjustment required']).toBeUndefined();
      const blamed = report.exceptions.filter(({ parts }) => parts.length > 0);
      expect(blamed.map(({ category, owner }) => [category, owner])).toEqual([
        ['totals-disagree', 'Store operations'],
      ]);
    });
  },
);
