import type { StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { addSums, type Currency, type MinorSum } from '../money.ts';
import { differenceOf, isSame, negated, ofAccountKey, times, type Amounts } from './cell.ts';
import type { PosDocument, Sale } from './day-documents.ts';
import { groupEntries, type LedgerGroup, type OpenItem } from './open-item.ts';

/** A document that the ledger does not name, or that part of one which its named posting leaves out. */
export interface Unnamed {
  readonly document: PosDocument;
  readonly amounts: Amounts;
}

export interface Referred {
  readonly items: OpenItem[];
  readonly unnamed: Unnamed[];
  /** Groups with a number that no POS document has. */
  readonly foreign: LedgerGroup[];
  readonly matched: number;
}

/**
 * The ledger's document number is the POS transaction: the two documents are compared account by account, whatever the
 * totals say, so two faults which cancel each other both show.
 */
export function matchReferences(
  storeId: StoreId,
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
): Referred {
  const named = entries.filter((entry) => entry.documentNumber !== '');
  const groups = new Map(
    groupEntries(named, (entry) => entry.documentNumber).map((group) => [group.reference, group]),
  );
  const hasUnnamed = named.length < entries.length;
  const referred: Referred = { items: [], unnamed: [], foreign: [], matched: 0 };
  let matched = 0;
  for (const document of documents) {
    const group = groups.get(document.documentId);
    if (!group) {
      referred.unnamed.push({ document, amounts: document.amounts });
      continue;
    }
    groups.delete(document.documentId);
    const differences = differenceOf(document.amounts, group.amounts);
    if (differences.size === 0) matched += 1;
    else if (hasUnnamed && isPartOf(group.amounts, document.amounts))
      referred.unnamed.push({ document, amounts: differences });
    else referred.items.push(namedItem(storeId, document, group, differences));
  }
  // What was posted and taken back under one number leaves nothing to be explained.
  referred.foreign.push(...[...groups.values()].filter(({ amounts }) => amounts.size > 0));
  return { ...referred, matched };
}

/** What the ledger posts by number is right as far as it goes; the rest may stand in a statement. */
function isPartOf(posted: Amounts, expected: Amounts): boolean {
  if (posted.size === 0 || posted.size >= expected.size) return false;
  return [...posted].every(([key, amountMinor]) => expected.get(key) === amountMinor);
}

/** Both sides have the document, and they differ. */
function namedItem(
  storeId: StoreId,
  document: PosDocument,
  group: LedgerGroup,
  differences: Amounts,
): OpenItem {
  const { documentId } = document;
  const item = { storeId, subject: documentId, about: '', differences, documents: [document] };
  const missing = missingSale(document, group);
  if (missing) {
    const { sale, isOnlyOne } = missing;
    const others = document.sales?.filter((other) => other !== sale) ?? [];
    const claim = { kind: 'not-posted' as const, documentId, till: sale.tillId };
    return isOnlyOne
      ? { ...item, finding: 'pos-only', about: sale.eventId, entries: group.entries, claim }
      : {
          ...item,
          finding: 'ambiguous',
          entries: group.entries,
          claim: { kind: 'differs', documentId },
          candidates: [sale, ...others].map((one) => ({
            reading: `The sale of till ${one.tillId} is not posted`,
            documentIds: [documentId],
            vouchers: [],
          })),
          candidateCount: others.length + 1,
        };
  }
  const repeats = repeatsOf(document, group);
  if (repeats)
    return {
      ...item,
      finding: 'posted-twice',
      entries: repeats.entries,
      claim: { kind: 'posted-again', documentId, count: repeats.count, named: true },
    };
  const finding = isOwnImbalance(document, differences)
    ? 'unbalanced'
    : isUncertainSwap(document, differences)
      ? 'tender-unknown'
      : 'both-differ';
  return { ...item, finding, entries: group.entries, claim: { kind: 'differs', documentId } };
}

/** Of several sales with one number, the one without which the ledger agrees. */
function missingSale(
  document: PosDocument,
  group: LedgerGroup,
): { readonly sale: Sale; readonly isOnlyOne: boolean } | undefined {
  const fitting = (document.sales ?? []).filter((sale) =>
    isSame(differenceOf(document.amounts, sale.amounts), group.amounts),
  );
  const [sale] = fitting;
  return sale && { sale, isOnlyOne: fitting.length === 1 };
}

/**
 * The entries that post the document once more, or none. A repeat stands in a voucher of its own, or in the same one
 * with every row doubled; either way the sum is a whole multiple of what the POS has.
 */
function repeatsOf(
  document: PosDocument,
  group: LedgerGroup,
): { readonly count: number; readonly entries: readonly LedgerEntry[] } | undefined {
  const [first] = document.amounts;
  if (!first) return undefined;
  const factor = Number(group.amounts.get(first[0]) ?? 0) / Number(first[1]);
  if (!Number.isSafeInteger(factor) || factor < 2) return undefined;
  if (!isSame(times(document.amounts, factor), group.amounts)) return undefined;
  const vouchers = groupEntries(group.entries, (entry) =>
    JSON.stringify([entry.journalNumber, entry.voucher]),
  );
  const own = vouchers.findIndex((voucher) => isSame(voucher.amounts, document.amounts));
  const others = vouchers.filter((_voucher, index) => index !== own);
  // One row of twice the amount is as well a wrong amount: only rows that stand there again show a repeat.
  if (own === -1 && group.entries.length < factor * document.amounts.size) return undefined;
  const entries = own === -1 ? group.entries : others.flatMap((voucher) => voucher.entries);
  return { count: factor - 1, entries };
}

/** By currency, what a difference adds up to: 0 where both sides balance. */
function balanceOf(amounts: Amounts): Map<Currency, MinorSum> {
  const balance = new Map<Currency, MinorSum>();
  for (const [key, amountMinor] of amounts) {
    const { currency } = ofAccountKey(key);
    balance.set(currency, addSums(balance.get(currency) ?? 0, amountMinor));
  }
  return balance;
}

/** The two sides differ by just what the till itself is off: the ledger's posting balances. */
function isOwnImbalance({ imbalance }: PosDocument, differences: Amounts): boolean {
  if (!imbalance) return false;
  const balance = balanceOf(differences);
  return [...imbalance].every(([currency, amountMinor]) => balance.get(currency) === amountMinor);
}

/** The amount of a means of payment that the source did not tell stands on another account in the ledger. */
function isUncertainSwap({ uncertain }: PosDocument, differences: Amounts): boolean {
  if (!uncertain?.some((key) => differences.has(key))) return false;
  return [...balanceOf(differences).values()].every((amountMinor) => amountMinor === 0);
}

/** A posting with a number that no POS document has. */
export function foreignItem(storeId: StoreId, { reference, entries, amounts }: LedgerGroup): OpenItem {
  return {
    finding: 'ledger-only',
    storeId,
    subject: reference,
    about: 'number',
    differences: negated(amounts),
    documents: [],
    entries,
    claim: { kind: 'not-sold', documentNumber: reference },
  };
}
