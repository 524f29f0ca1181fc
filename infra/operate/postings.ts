import { masterDataFile } from '../../shared/azure/master-data.ts';
import { containerClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import { postingProfileSchema } from '../../shared/ledger/posting-profile.ts';
import { formatAmount, type Currency } from '../../shared/money.ts';
import { ofAccountKey, type AccountKey } from '../../shared/reconciliation/cell.ts';
import { DayBook, type StoreDay } from '../../shared/reconciliation/day-book.ts';
import { MINUTE_MS } from '../../shared/time.ts';
import type { OperateParts } from './commands.ts';
import { landedEvents } from './landed-events.ts';

/**
 * Prints the postings that the ledger should hold for a business date, document by document, as reconciliation expects
 * them: from the raw landing, by the posting profile. Nothing is changed.
 * @returns how many documents there are.
 */
export async function printPostings(
  { settings, clock, log, say }: OperateParts,
  businessDate: BusinessDate,
  storeId: string | undefined,
): Promise<number> {
  const profile = await masterDataFile({
    container: containerClient(settings.state, CONTAINERS.masterData),
    refreshMs: MINUTE_MS,
    clock,
    log,
    file: MASTER_DATA_FILES.postingProfile,
    schema: postingProfileSchema,
    index: (file) => file,
  }).get();
  const book = new DayBook({ businessDate, profile, dayEndMsOf: () => Number.POSITIVE_INFINITY });
  for await (const event of landedEvents(settings, businessDate, storeId)) book.add(event);
  const days = book.close();
  for (const line of postingLines(days)) say(line);
  return days.reduce((sum, { documents }) => sum + documents.length, 0);
}

/** One line for each posting, what is not posted and why, then the totals of each store's accounts, which are 0 over all of them where tills add rightly. */
function postingLines(days: readonly StoreDay[]): string[] {
  const lines: string[] = [];
  for (const { storeId, documents, notInForce } of days) {
    const totals = new Map<AccountKey, bigint>();
    lines.push(`Store ${storeId}: ${documents.length} documents`);
    for (const { documentId, tillId, amounts, imbalance } of documents) {
      for (const [currency, amountMinor] of imbalance ?? [])
        lines.push(
          `  ${documentId}  till ${tillId}  added wrongly by ${formatAmount(amountMinor, currency)} ${currency}`,
        );
      for (const [cell, amountMinor] of amounts) {
        lines.push(`  ${documentId}  till ${tillId}  ${posting(cell, BigInt(amountMinor))}`);
        totals.set(cell, (totals.get(cell) ?? 0n) + BigInt(amountMinor));
      }
    }
    for (const [documentId, reason] of notInForce) lines.push(`  ${documentId}  not posted: ${reason}`);
    lines.push('  Totals');
    const balances = new Map<Currency, bigint>();
    for (const [cell, amountMinor] of [...totals].sort(([one], [other]) => (one < other ? -1 : 1))) {
      lines.push(`    ${posting(cell, amountMinor)}`);
      const { currency } = ofAccountKey(cell);
      balances.set(currency, (balances.get(currency) ?? 0n) + amountMinor);
    }
    for (const [currency, amountMinor] of balances)
      lines.push(
        amountMinor === 0n
          ? `    ${currency} balances`
          : `    ${currency} does not balance: tills added ${formatAmount(amountMinor, currency)} wrongly`,
      );
  }
  return lines;
}

function posting(key: AccountKey, amountMinor: bigint): string {
  const { account, currency } = ofAccountKey(key);
  const side = amountMinor < 0n ? 'credit' : 'debit ';
  const size = amountMinor < 0n ? -amountMinor : amountMinor;
  return `${account.padEnd(10)} ${side} ${formatAmount(size, currency).padStart(14)} ${currency}`;
}
