import { addMinor } from '../money.ts';
import { takenIn } from '../pos/drawer-cash.ts';
import type { DrawerEvent, TransactionEvent, TransactionLine } from '../pos/event.ts';
import { imbalanceOf, PostingSum, type Posting } from './posting.ts';
import {
  drawerAccount,
  lineAccount,
  revenueAccount,
  taxAccount,
  tenderAccount,
  type PostingProfile,
} from './posting-profile.ts';

/**
 * The postings that the ledger should have for the till's events, by the posting profile. Tenders are debits (what came
 * in; change goes out of cash); revenue, tax, gift cards sold, deposits, donations, tips and rounding are credits. A return
 * carries negative amounts, so the same rules reverse it; so does store credit that is given out.
 */

/**
 * The postings of a completed transaction. `imbalanceMinor` is debits less credits: where the till added wrongly it is
 * not 0, and is posted nowhere but reported.
 */
export function postingsOfTransaction(
  transaction: TransactionEvent,
  profile: PostingProfile,
): { postings: Posting[]; imbalanceMinor: number } {
  const sum = new PostingSum();
  for (const [type, amountMinor] of takenIn(transaction)) sum.add(tenderAccount(profile, type), amountMinor);
  const { totals } = transaction;
  let saleNetMinor = totals.netMinor;
  for (const line of transaction.lines) {
    const account = lineAccount(profile, line);
    if (account === undefined || line.voided === true) continue;
    const netMinor = netOf(line, transaction.taxIncluded);
    sum.add(account, -netMinor);
    saleNetMinor = addMinor(saleNetMinor, -netMinor);
  }
  sum.add(revenueAccount(profile, 'sale'), -saleNetMinor);
  for (const [code, amountMinor] of taxesByCode(transaction))
    sum.add(taxAccount(profile, code), -amountMinor);
  sum.add(profile.accounts.tips, -(totals.tipMinor ?? 0));
  sum.add(profile.accounts.rounding, -(totals.roundingMinor ?? 0));
  const postings = sum.postings();
  return { postings, imbalanceMinor: imbalanceOf(postings) };
}

/** What a line adds before tax. */
export function netOf(line: TransactionLine, taxIncluded: boolean): number {
  if (!taxIncluded || !line.taxes) return line.extendedAmountMinor;
  return addMinor(line.extendedAmountMinor, ...line.taxes.map((tax) => -tax.amountMinor));
}

/**
 * Tax by code: from the lines, or from the whole transaction where the lines do not add up to its total. With one code
 * the transaction's total counts, since tills round per line or per receipt.
 */
function taxesByCode(transaction: TransactionEvent): Map<string, number> {
  const totalMinor = transaction.totals.taxMinor;
  const ofLines = new Map<string, number>();
  for (const line of transaction.lines) {
    if (line.voided === true || !line.taxes) continue;
    for (const tax of line.taxes)
      ofLines.set(tax.code, addMinor(ofLines.get(tax.code) ?? 0, tax.amountMinor));
  }
  if (addMinor(...ofLines.values()) === totalMinor) return ofLines;
  const ofWhole = new Map<string, number>();
  for (const tax of transaction.taxes ?? [])
    ofWhole.set(tax.code, addMinor(ofWhole.get(tax.code) ?? 0, tax.amountMinor));
  if (ofWhole.size > 0 && addMinor(...ofWhole.values()) === totalMinor) return ofWhole;
  const found = ofLines.size > 0 ? ofLines : ofWhole;
  if (found.size > 1) return found;
  const [onlyCode = ''] = found.keys();
  return new Map([[onlyCode, totalMinor]]);
}

/** Cash movements without a sale. A drop goes to the safe, a float comes from it. */
export function postingsOfDrawer(drawer: DrawerEvent, profile: PostingProfile): Posting[] {
  const cash = tenderAccount(profile, 'cash');
  const { safe } = profile.accounts;
  const sum = new PostingSum();
  const move = (from: string, to: string): void => {
    sum.add(from, -drawer.amountMinor);
    sum.add(to, drawer.amountMinor);
  };
  switch (drawer.action) {
    case 'noSale':
      break;
    case 'paidIn':
      move(drawerAccount(profile, 'paidIn', drawer.reason), cash);
      break;
    case 'paidOut':
      move(cash, drawerAccount(profile, 'paidOut', drawer.reason));
      break;
    case 'drop':
      move(cash, safe);
      break;
    case 'float':
      move(safe, cash);
      break;
  }
  return sum.postings();
}
