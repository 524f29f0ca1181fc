import { PermanentError } from '../../../shared/errors.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { SettlementEntry } from '../../../shared/ledger/settlement/settlement-entry.ts';
import type { SettlementSource } from '../../../shared/ledger/settlement/settlement-source.ts';

/** More than the business dates of fifty years. */
const MAX_DATES = 20_000;

/** Which business dates a settlement report concerns: those of its payments, and of its payouts. */
export async function datesOfSettlement(
  settlementFiles: SettlementSource,
  name: string,
  onError: (error: LedgerRowError) => void,
): Promise<{ dates: ReadonlySet<BusinessDate>; rows: number }> {
  const dates = new Set<BusinessDate>();
  const add = (date: BusinessDate | undefined): void => {
    if (date !== undefined) dates.add(date);
    if (dates.size > MAX_DATES)
      throw new PermanentError('ledger-file', `${name} names more than ${MAX_DATES} dates: split it`);
  };
  let rows = 0;
  for await (const row of settlementFiles.rows(name)) {
    if (!row.ok) {
      onError(row.error);
      continue;
    }
    rows += 1;
    add(dateOf(row.entry));
  }
  return { dates, rows };
}

/** Fees, chargebacks and the like belong to their payout's date, which the row of the payout has. */
function dateOf({ kind, occurredOn, payoutDate, payoutId }: SettlementEntry): BusinessDate | undefined {
  if (kind === 'capture' || kind === 'refund') return occurredOn;
  return payoutDate ?? (payoutId === '' ? occurredOn : undefined);
}
