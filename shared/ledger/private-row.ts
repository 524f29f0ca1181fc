import { idWithoutCardNumbers } from '../privacy/card-ids.ts';
import type { Pseudonymise } from '../privacy/pseudonym.ts';
import { scrubFreeText } from '../privacy/scrub.ts';
import type { LedgerRow } from './ledger-row.ts';

/**
 * A ledger row without card numbers. Its ids come through the same function as those of the events, so that a document
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
  const isUnchanged =
    documentNumber === entry.documentNumber &&
    voucher === entry.voucher &&
    journalNumber === entry.journalNumber;
  return isUnchanged ? row : { ok: true, entry: { ...entry, documentNumber, voucher, journalNumber } };
}
