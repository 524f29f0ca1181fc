import type { StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import {
  accountKey,
  addAmounts,
  differenceOf,
  ofAccountKey,
  restrictedTo,
  textOf,
  type AccountKey,
  type CellTotals,
} from './cell.ts';
import type { PosDocument } from './day-book.ts';
import { LargeSum } from './large-sum.ts';
import { matchStatements } from './match-statements.ts';
import { groupEntries, type LedgerGroup, type OpenItem } from './open-item.ts';

/** How many documents each pass settled; finance reads from it how the ledger was posted. */
export interface PassCounts {
  /** Cells whose totals agree, whatever the grain of the postings. */
  readonly cellsByTotal: number;
  readonly byReference: number;
  readonly byStatement: number;
}

export interface StoreMatch {
  readonly storeId: StoreId;
  readonly cells: readonly CellTotals[];
  readonly items: readonly OpenItem[];
  readonly passes: PassCounts;
}

/**
 * Compares one store's business date. Totals per cell come first, as Dynamics posts most sales in sum: where they
 * agree nothing further is asked. What differs is followed to documents by their number, then to statements.
 */
export function matchStore(
  storeId: StoreId,
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
): StoreMatch {
  const cells = totalsOf(storeId, documents, entries);
  const open = new Set(
    cells
      .filter((cell) => cell.posMinor !== cell.ledgerMinor)
      .map((cell) => accountKey(cell.account, cell.currency)),
  );
  const cellsByTotal = cells.length - open.size;
  if (open.size === 0)
    return { storeId, cells, items: [], passes: { cellsByTotal, byReference: 0, byStatement: 0 } };
  if (entries.length === 0) {
    const items = [storeNotPosted(storeId, documents, open)];
    return { storeId, cells, items, passes: { cellsByTotal, byReference: 0, byStatement: 0 } };
  }
  const referred = matchReferences(storeId, documents, entries, open);
  const postsSingly = referred.matched > referred.posOnly.length;
  const statements = matchStatements(storeId, referred.posOnly, referred.unreferred, open, postsSingly);
  return {
    storeId,
    cells,
    items: [...referred.items, ...statements.items],
    passes: { cellsByTotal, byReference: referred.matched, byStatement: statements.matched },
  };
}

function totalsOf(
  storeId: StoreId,
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
): CellTotals[] {
  const totals = new Map<AccountKey, { pos: LargeSum; ledger: LargeSum }>();
  const of = (key: AccountKey) => {
    let total = totals.get(key);
    if (!total) {
      total = { pos: new LargeSum(), ledger: new LargeSum() };
      totals.set(key, total);
    }
    return total;
  };
  for (const { amounts } of documents) {
    for (const [key, amountMinor] of amounts) of(key).pos.add(amountMinor);
  }
  for (const { account, currency, amountMinor } of entries)
    of(accountKey(account, currency)).ledger.add(amountMinor);
  return [...totals]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, { pos, ledger }]) => ({
      storeId,
      ...ofAccountKey(key),
      posMinor: pos.total,
      ledgerMinor: ledger.total,
    }));
}

function storeNotPosted(
  storeId: StoreId,
  documents: readonly PosDocument[],
  open: ReadonlySet<AccountKey>,
): OpenItem {
  const differences = new Map<AccountKey, number>();
  for (const { amounts } of documents) addAmounts(differences, restrictedTo(amounts, open));
  return {
    finding: 'store-not-posted',
    storeId,
    subject: 'whole day',
    differences,
    documents,
    entries: [],
  };
}

interface Referred {
  readonly items: OpenItem[];
  readonly posOnly: PosDocument[];
  /** Groups without a document number: statements, aggregated vouchers. */
  readonly unreferred: LedgerGroup[];
  readonly matched: number;
}

/** The ledger's document number is the POS transaction: compare the two documents. */
function matchReferences(
  storeId: StoreId,
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
  open: ReadonlySet<AccountKey>,
): Referred {
  const groups = new Map(
    groupEntries(
      entries.filter((entry) => entry.documentNumber !== ''),
      (entry) => entry.documentNumber,
    ).map((group) => [group.reference, group]),
  );
  const items: OpenItem[] = [];
  const posOnly: PosDocument[] = [];
  let matched = 0;
  for (const document of documents) {
    const group = groups.get(document.documentId);
    if (!group) {
      if (restrictedTo(document.amounts, open).size > 0) posOnly.push(document);
      continue;
    }
    groups.delete(document.documentId);
    const differences = restrictedTo(differenceOf(document.amounts, group.amounts), open);
    if (differences.size === 0) matched += 1;
    else items.push(bothDiffer(storeId, document, group, differences));
  }
  for (const group of groups.values()) {
    const differences = restrictedTo(differenceOf(new Map(), group.amounts), open);
    if (differences.size === 0) continue;
    const { reference: subject, entries: found } = group;
    items.push({ finding: 'ledger-only', storeId, subject, differences, documents: [], entries: found });
  }
  const unreferred = groupEntries(
    entries.filter((entry) => entry.documentNumber === ''),
    (entry) => entry.voucher,
  );
  return { items, posOnly, unreferred, matched };
}

function bothDiffer(
  storeId: StoreId,
  document: PosDocument,
  group: LedgerGroup,
  differences: OpenItem['differences'],
): OpenItem {
  const twice = repeatsOf(document, group);
  return {
    finding: twice.length > 0 ? 'posted-twice' : 'both-differ',
    storeId,
    subject: document.documentId,
    differences,
    documents: [document],
    entries: twice.length > 0 ? twice : group.entries,
  };
}

/**
 * The entries that post the document once more, or none. A repeat stands in a voucher of its own, or in the same one
 * with every row doubled; either way the sum is a whole multiple of what the POS has.
 */
function repeatsOf(document: PosDocument, group: LedgerGroup): readonly LedgerEntry[] {
  const [first] = document.amounts;
  if (!first) return [];
  const times = (group.amounts.get(first[0]) ?? 0) / first[1];
  if (!Number.isInteger(times) || times < 2) return [];
  const multiple = new Map([...document.amounts].map(([key, amountMinor]) => [key, amountMinor * times]));
  if (textOf(multiple) !== textOf(group.amounts)) return [];
  const byVoucher = groupEntries(group.entries, (entry) => `${entry.journalNumber} ${entry.voucher}`);
  const own = byVoucher.findIndex((voucher) => textOf(voucher.amounts) === textOf(document.amounts));
  return own === -1
    ? group.entries
    : byVoucher.filter((_voucher, index) => index !== own).flatMap((voucher) => voucher.entries);
}
