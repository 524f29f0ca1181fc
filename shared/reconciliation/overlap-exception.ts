import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { OverlapKind, PostingOverlap } from '../ledger/posting-overlaps.ts';
import { toTotal } from '../money.ts';
import { ofAccountKey } from './cell.ts';
import { evidenceOf } from './classify.ts';
import { dataException } from './data-exceptions.ts';
import { valueOf, type ReconciliationException } from './exception.ts';
import { groupEntries } from './open-item.ts';

const KEPT_VOUCHERS = 20;

/** How a doubt is counted, and both readings: the one that counts first. */
const READINGS: Readonly<
  Record<Exclude<OverlapKind, 'same'>, { readonly isOnce: boolean; readonly why: string }>
> = {
  'looks-the-same': {
    isOnce: true,
    why: 'agree in voucher or document and in everything else, without an id of the posting',
  },
  'may-be-the-same': {
    isOnce: false,
    why: 'agree in date, account and amount, and bear neither voucher nor document',
  },
  'one-id': { isOnce: false, why: "have the ledger's id of a posting in common, and differ in the rest" },
};

/** Two files hold what may be one posting or two. Which of it counts changes no claim, so it has no parts. */
export function overlapException(
  { kind, part, alsoIn, entries, others }: PostingOverlap,
  storeId: StoreId,
  businessDate: BusinessDate,
): ReconciliationException {
  const { isOnce, why } = READINGS[kind as keyof typeof READINGS];
  const vouchers = [...new Set(entries.map(({ voucher }) => voucher))].slice(0, KEPT_VOUCHERS);
  const rows = `${entries.length} ${entries.length === 1 ? 'row' : 'rows'} of ${part}`;
  const once = { reading: `One posting in both files`, documentIds: [], vouchers };
  const twice = { reading: `Two postings, one in each file`, documentIds: [], vouchers };
  const { amountMinor, currency } = amountOf(entries, storeId, !isOnce);
  return dataException({
    storeId,
    businessDate,
    category: 'posting-in-two-files',
    subject: `${part} and ${alsoIn}`,
    about: kind,
    detail: `${rows} and of ${alsoIn} ${why}. ${isOnce ? 'They count once' : 'Both count'}: remove the overlap, or export the RecId of each posting`,
    amountMinor,
    currency,
    evidence: evidenceOf([], alternating(entries, others)),
    candidates: isOnce ? [once, twice] : [twice, once],
  });
}

/** Evidence is bounded, and shows rows of both files. */
function alternating(entries: readonly LedgerEntry[], others: readonly LedgerEntry[]): LedgerEntry[] {
  const longest = Math.max(entries.length, others.length);
  return Array.from({ length: longest }, (_, index) => [entries[index], others[index]])
    .flat()
    .filter((entry) => entry !== undefined);
}

function amountOf(
  entries: readonly LedgerEntry[],
  storeId: StoreId,
  ledgerHasTooMuch: boolean,
): ReturnType<typeof valueOf> {
  const amounts = groupEntries(entries, () => '')[0]?.amounts ?? [];
  const parts = [...amounts].map(([key, amountMinor]) => ({
    storeId,
    ...ofAccountKey(key),
    amountMinor: toTotal(amountMinor),
  }));
  return valueOf(storeId, parts, ledgerHasTooMuch);
}
