import { idWithoutCardNumbers } from '../privacy/card-ids.ts';
import type { Pseudonymise } from '../privacy/pseudonym.ts';
import { scrubFreeText } from '../privacy/scrub.ts';
import type { LedgerRow } from './ledger-row.ts';

/**
 * A ledger row without card numbers. Its ids go through the same function as those of the events, so a document
 * number that looks like a card number still meets its transaction. What an error quotes is free text.
 */
export function privateRow(row: LedgerRow, pseudonymise: Pseudonymise): LedgerRow {
  if (!row.ok) {
    const { reason } = row.error;
    const clean = scrubFreeText(reason);
    return clean === reason ? row : { ok: false, error: { ...row.error, reason: clean } };
  }
  const { entry } = row;
  const documentNumber = idWithoutCardNumbers(entry.documentNumber, pseudonymise);
  const voucher = idWithoutCardNumbers(entry.voucher, pseudonymise);
  const journalNumber = idWithoutCardNumbers(entry.journalNumber, pseudonymise);
  // Columns that were mixed up: no account and no store is a card number.
  const account = idWithoutCardNumbers(entry.account, pseudonymise);
  const storeDimension = idWithoutCardNumbers(entry.storeDimension, pseudonymise);
  const postingId = entry.postingId && idWithoutCardNumbers(entry.postingId, pseudonymise);
  const isUnchanged =
    postingId === entry.postingId &&
    account === entry.account &&
    storeDimension === entry.storeDimension &&
    documentNumber === entry.documentNumber &&
    voucher === entry.voucher &&
    journalNumber === entry.journalNumber;
  if (isUnchanged) return row;
  const ids = { documentNumber, voucher, journalNumber, ...(postingId !== undefined && { postingId }) };
  return { ok: true, entry: { ...entry, account, storeDimension, ...ids } };
}
