import { formatAmount } from '../../../shared/money.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { DemoStore } from './chain.ts';
import type { StoreDay } from './store-day.ts';
import type { Booking } from './wire.ts';

/**
 * A day's ledger as finance would export it, built only from the generator's knowledge and not from anything
 * that the product calculates: otherwise a wrong rule of the product would confirm itself.
 */
export interface LedgerRow {
  readonly journal: string;
  readonly voucher: string;
  readonly date: BusinessDate;
  readonly account: string;
  readonly store: DemoStore;
  readonly amountMinor: number;
  /** The POS transaction, if posted individually; empty in a statement. */
  readonly document: string;
  readonly description: string;
}

/** The postings of one transaction, drawer movement or statement; they add up to zero. */
export interface LedgerVoucher {
  readonly booking: Booking | undefined;
  readonly rows: LedgerRow[];
}

export function vouchersOf(day: StoreDay): LedgerVoucher[] {
  if (day.bookings.length === 0) return [];
  return day.demoStore.posting === 'statement' ? [statementOf(day)] : transactionVouchers(day);
}

/** One voucher for the whole day, as Dynamics 365 posts cash-and-carry sales. */
function statementOf(day: StoreDay): LedgerVoucher {
  const voucher = `ST-${day.demoStore.store.storeId}-${day.date.replaceAll('-', '')}`;
  return voucherOf(day, voucher, day.bookings, undefined);
}

/** A voucher for each transaction, and one for each shift's drawer movements. */
function transactionVouchers(day: StoreDay): LedgerVoucher[] {
  const { storeId } = day.demoStore.store;
  const compactDate = day.date.replaceAll('-', '');
  const sales = day.bookings.filter(({ transactionId }) => transactionId !== undefined);
  const shifts = new Map<string, Booking[]>();
  for (const booking of day.bookings) {
    if (booking.transactionId !== undefined) continue;
    const shift = shifts.get(booking.shiftId);
    if (shift) shift.push(booking);
    else shifts.set(booking.shiftId, [booking]);
  }
  return [
    ...sales.map((booking, index) => {
      const number = `${index + 1}`.padStart(5, '0');
      return voucherOf(day, `RT-${storeId}-${compactDate}-${number}`, [booking], booking);
    }),
    ...[...shifts].map(([shiftId, bookings]) => voucherOf(day, `SH-${shiftId}`, bookings, undefined)),
  ].filter(({ rows }) => rows.length > 0);
}

function voucherOf(
  day: StoreDay,
  voucher: string,
  bookings: readonly Booking[],
  transaction: Booking | undefined,
): LedgerVoucher {
  const rows = sumByAccount(bookings).map(([account, amountMinor]) => ({
    journal: `RETAIL-${day.date}`,
    voucher,
    date: day.date,
    account,
    store: day.demoStore,
    amountMinor,
    document: transaction?.transactionId ?? '',
    description:
      transaction?.what ??
      `${day.demoStore.posting === 'statement' ? 'Statement' : 'Drawer'} ${day.demoStore.store.name}`,
  }));
  return { booking: transaction, rows };
}

function sumByAccount(bookings: readonly Booking[]): [account: string, amountMinor: number][] {
  const byAccount = new Map<string, number>();
  for (const { entries } of bookings) {
    for (const { account, amountMinor } of entries) {
      byAccount.set(account, (byAccount.get(account) ?? 0) + amountMinor);
    }
  }
  return [...byAccount].filter(([, amountMinor]) => amountMinor !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
}

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber,Description';

/** The file's text. `badRows` are inserted unchanged, somewhere in the middle. */
export function ledgerCsv(rows: readonly LedgerRow[], badRows: readonly string[]): string {
  const lines = rows.map((row) =>
    [
      row.journal,
      row.voucher,
      row.date,
      row.account,
      row.store.store.ledgerDimension,
      row.store.store.currency,
      formatAmount(row.amountMinor, row.store.store.currency),
      row.document,
      row.description,
    ].join(','),
  );
  lines.splice(Math.floor(lines.length / 2), 0, ...badRows);
  return `${[HEADER, ...lines].join('\r\n')}\r\n`;
}
