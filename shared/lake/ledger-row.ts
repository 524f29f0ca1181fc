import type { BusinessDate } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { accountKey, ofAccountKey, type AccountKey } from '../reconciliation/cell.ts';
import { controlWeight } from './control-sums.ts';
import { fromLakeText, lakeText } from './lake-text.ts';
import type { Row } from './tables.ts';

/** A posting as a row of `LEDGER_ROWS`. */
export function ledgerRow(entry: LedgerEntry, place: number): Row {
  const { account, currency, documentNumber, readAt, postingId } = entry;
  return [
    entry.accountingDate,
    lakeText(entry.storeDimension),
    lakeText(documentNumber),
    lakeText(accountKey(account, currency)),
    BigInt(entry.amountMinor),
    controlWeight(documentNumber),
    lakeText(entry.journalNumber),
    lakeText(entry.voucher),
    postingId === undefined ? null : lakeText(postingId),
    lakeText(readAt.part),
    typeof readAt.row === 'number' ? BigInt(readAt.row) : null,
    typeof readAt.row === 'number' ? null : lakeText(readAt.row),
    BigInt(place),
  ];
}

export function ledgerEntryOf(row: Row): LedgerEntry {
  const [date, dimension, number, cell, amountMinor, , journal, voucher, postingId, part, line, name] =
    row as readonly [
      BusinessDate,
      string,
      string,
      string,
      bigint,
      number,
      string,
      string,
      string | null,
      string,
      bigint | null,
      string | null,
    ];
  return {
    accountingDate: date,
    storeDimension: fromLakeText(dimension),
    documentNumber: fromLakeText(number),
    ...ofAccountKey(fromLakeText(cell) as AccountKey),
    amountMinor: Number(amountMinor),
    journalNumber: fromLakeText(journal),
    voucher: fromLakeText(voucher),
    ...(postingId !== null && { postingId: fromLakeText(postingId) }),
    readAt: { part: fromLakeText(part), row: line === null ? fromLakeText(name ?? '') : Number(line) },
  };
}
