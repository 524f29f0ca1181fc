import { businessDate } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { parseRecord } from '../../shared/ledger/sources/files/csv-records.ts';
import { currency, parseAmount } from '../../shared/money.ts';

/**
 * What Dynamics 365 makes of a general journal that is imported and posted: postings as its export has them. Each voucher must
 * balance, as Dynamics 365 posts no other.
 */
export function postedJournal(csv: string): LedgerEntry[] {
  const [head = '', ...lines] = csv.split('\r\n').filter((line) => line !== '');
  const names = parseRecord(head, ',');
  const balances = new Map<string, number>();
  const entries = lines.map((line, index): LedgerEntry => {
    const cells = parseRecord(line, ',');
    if (typeof cells === 'string' || typeof names === 'string') throw new Error('is no CSV');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const code = currency(cell('CURRENCYCODE'));
    const minorOf = (name: string): number => parseAmount(cell(name), code) ?? Number.NaN;
    const [account = '', store = ''] = cell('ACCOUNTDISPLAYVALUE')
      .split(/(?<!\\)-/)
      .map((segment) => segment.replaceAll(String.raw`\-`, '-'));
    const amountMinor = minorOf('DEBITAMOUNT') - minorOf('CREDITAMOUNT');
    const voucher = `${cell('VOUCHER')} ${code}`;
    balances.set(voucher, (balances.get(voucher) ?? 0) + amountMinor);
    return {
      journalNumber: cell('JOURNALBATCHNUMBER'),
      voucher: cell('VOUCHER'),
      accountingDate: businessDate(cell('TRANSDATE')),
      storeDimension: store,
      account,
      currency: code,
      amountMinor,
      documentNumber: cell('DOCUMENT'),
      readAt: { part: 'journal.csv', row: index + 2 },
    };
  });
  for (const [voucher, balance] of balances)
    if (balance !== 0) throw new Error(`The transactions on voucher ${voucher} do not balance (${balance})`);
  return entries;
}
