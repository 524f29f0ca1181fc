import { businessDate, eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import type { Category } from '../../shared/reconciliation/exception.ts';
import { postedEach, sale } from '../support/ledger-fixtures.ts';

/**
 * A large business date with planted differences, sale by sale. Amounts are few, so that most sales have equals; each
 * store has every fault several times, most of them in the same cells.
 */
export const STORES = 40;
/** These post their day in one statement; the others each sale by its number. */
const STATEMENT_STORES = 4;
/** One in so many sales has a fault. */
const FAULT_EVERY = 200;
const NEXT = businessDate('2026-03-03');

const FAULTS = [
  'missing',
  'unknown to the till',
  'amount',
  'offset',
  'offset back',
  'again',
  'account',
  'other store',
  'other date',
  'late and wrong',
  'voided',
  'other tender',
  'unbalanced',
  'two contents',
  'unknown product',
  'two readings',
] as const;
type Fault = (typeof FAULTS)[number];

export interface Expected {
  readonly category: Category;
  readonly storeId: string;
  readonly subject: string;
  /** Of the exception: what is short or over; undefined where no cell is concerned. */
  readonly amountMinor: number | undefined;
}

export interface PlantedSale {
  readonly deliveries: readonly TransactionEvent[];
  readonly rows: readonly LedgerEntry[];
  readonly expected: readonly Expected[];
}

const nameOf = (index: number): string => `S${index % STORES}`;
const isStatementStore = (index: number): boolean => index % STORES >= STORES - STATEMENT_STORES;

export function* plantedDay(transactions: number): Generator<PlantedSale> {
  let faults = 0;
  for (let index = 0; index < transactions; index += 1) {
    const id = `X${index}`;
    const event = sale(id, 100 + (index % 900), {
      storeId: storeId(nameOf(index)),
      tillId: tillId(`T${(index >> 6) % 8}`),
      shiftId: `SH${(index >> 9) % 3}`,
      eventId: eventId(`tillstream:${id}`),
    });
    // Where the store would be one of those with a statement, the next one has its turn.
    const isFaulty =
      index % FAULT_EVERY === 7 + (Math.floor(index / FAULT_EVERY) % 30) && !isStatementStore(index);
    const fault = isFaulty ? FAULTS[faults++ % FAULTS.length] : undefined;
    const repeats = index % 50 === 3 ? [event, event] : [event];
    if (fault === undefined) yield { deliveries: repeats, rows: rowsOf(event, index), expected: [] };
    else yield planted(event, fault, index);
  }
}

function rowsOf(event: TransactionEvent, index: number): LedgerEntry[] {
  const rows = postedEach(event);
  return isStatementStore(index)
    ? rows.map((row) => ({ ...row, documentNumber: '', voucher: 'STMT' }))
    : rows;
}

function planted(event: TransactionEvent, fault: Fault, index: number): PlantedSale {
  const { transactionId: id, totals } = event;
  const rows = postedEach(event);
  const gross = totals.grossMinor;
  const expect = (category: Category, amountMinor?: number, subject = id): Expected => ({
    category,
    storeId: event.storeId,
    subject,
    amountMinor,
  });
  const of = (expected: Expected, changed: readonly LedgerEntry[], deliveries = [event]): PlantedSale => ({
    deliveries,
    rows: changed,
    expected: [expected],
  });
  const by = (amount: number): LedgerEntry[] =>
    rows.map((row, at) => (at === 0 ? { ...row, amountMinor: row.amountMinor + amount } : row));
  const moved = { accountingDate: NEXT };
  switch (fault) {
    case 'missing':
      return of(expect('missing-in-ledger', gross), []);
    case 'unknown to the till':
      return of(expect('missing-in-pos', -gross), rows, []);
    case 'amount':
      return of(expect('amount-differs', -30), by(30));
    case 'offset':
      return of(expect('amount-differs', -100), by(100));
    case 'offset back':
      return of(expect('amount-differs', 100), by(-100));
    case 'again':
      return of(expect('duplicate-posting', -gross), [
        ...rows,
        ...rows.map((row) => ({ ...row, voucher: `${row.voucher}-R` })),
      ]);
    case 'account':
      return of(
        expect('wrong-account', gross),
        rows.map((row, at) => (at === 0 ? { ...row, account: '999999' } : row)),
      );
    case 'other store':
      return of(
        expect('wrong-store', gross),
        rows.map((row) => ({
          ...row,
          storeDimension: nameOf(index + 1 - (isStatementStore(index + 1) ? 2 : 0)),
        })),
      );
    case 'other date':
      return of(
        expect('wrong-date', gross),
        rows.map((row) => ({ ...row, ...moved })),
      );
    case 'late and wrong':
      return of(
        expect('late-and-wrong', gross),
        by(50).map((row) => ({ ...row, ...moved })),
      );
    case 'voided':
      return of(expect('missing-in-pos', -gross), rows, [{ ...event, status: 'voided' }]);
    case 'other tender': {
      const other: TransactionEvent = {
        ...event,
        tenders: [{ type: 'other', amountMinor: gross, label: `L${index}` }],
        quality: ['unknown-tender'],
      };
      return {
        deliveries: [other],
        rows,
        expected: [expect('unknown-tender', gross), expect('unknown-tender', undefined, `L${index}`)],
      };
    }
    case 'unbalanced': {
      const off: TransactionEvent = { ...event, tenders: [{ type: 'cash', amountMinor: gross + 9 }] };
      return of(expect('unbalanced-transaction', 9), rows, [off]);
    }
    case 'two contents': {
      const later = {
        ...event,
        receivedAt: '2026-03-02T10:05:00.000Z',
        totals: { ...totals, grossMinor: gross + 1 },
      };
      return of(expect('identity-conflict', undefined, event.eventId), rows, [event, later]);
    }
    case 'unknown product': {
      const foreign: TransactionEvent = {
        ...event,
        quality: ['unknown-product'],
        lines: event.lines.map((line) => ({ ...line, productCode: `P${index}` })),
      };
      return of(expect('unknown-product', undefined, `P${index}`), rows, [foreign]);
    }
    case 'two readings':
      break;
  }
  const doubtful: TransactionEvent = { ...event, quality: ['tax-calculated'] };
  return of(expect('tax-calculated', undefined, `till ${event.tillId}`), rows, [doubtful]);
}
