import type { StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { toTotal } from '../money.ts';
import { accountKey, NO_AMOUNTS, ofAccountKey, sumOf, textOf, volumeOf, type AccountKey } from './cell.ts';
import type { NamedSet } from './checked-store.ts';
import type { PosDocument } from './day-documents.ts';
import { LargeSum } from './large-sum.ts';
import { foreignItem, matchReferences, type Referred, type Unnamed } from './match-references.ts';
import { matchStatements, type StatementMatch } from './match-statements.ts';
import { groupEntries, type LedgerGroup, type OpenItem } from './open-item.ts';
import type { ReportCell } from './report-cell.ts';
import type { SettledPart } from './settled-part.ts';

/** How many documents each pass settled; finance reads from it how the ledger was posted. */
export interface PassCounts {
  /** Cells whose totals agree, whatever the grain of the postings. */
  readonly cellsByTotal: number;
  readonly byReference: number;
  readonly byStatement: number;
}

export interface StoreMatch {
  readonly cells: readonly ReportCell[];
  readonly items: readonly OpenItem[];
  readonly passes: PassCounts;
  /** Sets of several documents and vouchers that have the same sum, and that nothing else explains. */
  readonly sets: readonly NamedSet[];
}

/**
 * Compares one store's business date. What the ledger names is compared document by document, whatever the totals
 * say. The rest is compared in sum, as Dynamics posts most sales: where the sums agree nothing further is asked.
 * @param settled what `documents` and `entries` leave out, as set work has found it to tie.
 */
export function matchStore(
  storeId: StoreId,
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
  settled?: SettledPart,
): StoreMatch {
  const cells = settled?.cells ?? totalsOf(storeId, documents, entries);
  const cellsByTotal = cells.filter((cell) => cell.posMinor === cell.ledgerMinor).length;
  if ((settled?.ledgerEntries ?? entries.length) === 0) {
    const items = documents.length === 0 ? [] : [storeNotPosted(storeId, documents)];
    return { cells, items, passes: { cellsByTotal, byReference: 0, byStatement: 0 }, sets: [] };
  }
  const referred = withSettled(matchReferences(storeId, documents, entries), settled);
  const vouchers = groupEntries(
    entries.filter((entry) => entry.documentNumber === ''),
    (entry) => entry.voucher,
  );
  if (isNothingPosted(referred, vouchers)) {
    const stray = referred.foreign.map((group) => foreignItem(storeId, group));
    const items = [...stray, storeNotPosted(storeId, documents)];
    return { cells, items, passes: { cellsByTotal, byReference: 0, byStatement: 0 }, sets: [] };
  }
  const { items, matched, sets } = matchUnnamed(storeId, documents, referred, vouchers);
  const byStatement = matched + (settled?.byStatement ?? 0);
  const passes = { cellsByTotal, byReference: referred.matched, byStatement };
  return { cells, items: [...referred.items, ...items], passes, sets };
}

const withSettled = (referred: Referred, settled: SettledPart | undefined): Referred => ({
  ...referred,
  matched: referred.matched + (settled?.byReference ?? 0),
});

/**
 * What the ledger has of the store and date belongs to other dates or stores: no single document is missing, but the day.
 * A statement under a number of its own, or a posting that equals a document, says otherwise.
 */
function isNothingPosted(referred: Referred, vouchers: readonly LedgerGroup[]): boolean {
  const { foreign, unnamed } = referred;
  if (vouchers.length > 0 || !namesNothing(referred)) return false;
  if (foreign.length * STRAY_SHARE >= unnamed.length || foreign.some(isStatementOf(unnamed))) return false;
  const amounts = new Set(foreign.map((group) => textOf(group.amounts)));
  return !unnamed.some((one) => amounts.has(textOf(one.amounts)));
}

/** What the ledger does not name, and what it names by numbers that the POS does not have. */
function matchUnnamed(
  storeId: StoreId,
  all: readonly PosDocument[],
  referred: Referred,
  vouchers: readonly LedgerGroup[],
): StatementMatch {
  const { unnamed } = referred;
  const matchWith = (foreign: readonly LedgerGroup[], statements: readonly LedgerGroup[]) => {
    const postsSingly = referred.matched > unnamed.length;
    const found = matchStatements({
      storeId,
      unnamed,
      all,
      vouchers: [...vouchers, ...statements],
      postsSingly,
    });
    const items = [...foreign.map((group) => foreignItem(storeId, group)), ...found.items];
    return { ...found, items };
  };
  const { foreign, statements } = foreignOf(referred);
  if (statements.length === 0) return matchWith(foreign, []);
  const found = matchWith(foreign, statements);
  // Numbers that the POS does not have are left out of account only where that explains everything.
  const isSettled = found.items.every(
    ({ finding }) => finding !== 'statement-differs' && finding !== 'ambiguous',
  );
  if (!isSettled || found.matched === 0) return matchWith(referred.foreign, []);
  return hasNoCommonNumber(referred)
    ? { ...found, items: [...found.items, noCommonNumber(storeId, referred)] }
    : found;
}

function totalsOf(
  storeId: StoreId,
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
): ReportCell[] {
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
      posMinor: toTotal(pos.total),
      ledgerMinor: toTotal(ledger.total),
    }));
}

function storeNotPosted(storeId: StoreId, documents: readonly PosDocument[]): OpenItem {
  return {
    finding: 'store-not-posted',
    storeId,
    subject: 'whole day',
    about: '',
    differences: sumOf(documents.map((document) => document.amounts)),
    documents,
    entries: [],
    claim: { kind: 'store-not-posted' },
  };
}

/** Fewer stray postings than half of the documents may stand beside a day that was not posted. */
const STRAY_SHARE = 2;

/** So many numbers that name nothing are no slips, but another way of numbering. */
const MIN_FOREIGN_NUMBERS = 3;

const namesNothing = ({ matched, items }: Referred): boolean => matched === 0 && items.length === 0;

/** The ledger numbers its documents, but none of its numbers is known to the POS. */
const hasNoCommonNumber = (referred: Referred): boolean =>
  namesNothing(referred) && referred.foreign.length >= MIN_FOREIGN_NUMBERS;

/**
 * A number that the POS does not have is a posting that no sale explains, but for two cases: a statement that bears a
 * number of its own, and a ledger that numbers documents otherwise than the POS. Both are compared by their amounts.
 */
function foreignOf(referred: Referred): { foreign: LedgerGroup[]; statements: LedgerGroup[] } {
  if (!namesNothing(referred)) return { foreign: referred.foreign, statements: [] };
  if (hasNoCommonNumber(referred)) return { foreign: [], statements: referred.foreign };
  const isStatement = isStatementOf(referred.unnamed);
  return {
    foreign: referred.foreign.filter((group) => !isStatement(group)),
    statements: referred.foreign.filter(isStatement),
  };
}

/** It is larger than each of several documents. */
function isStatementOf(unnamed: readonly Unnamed[]): (group: LedgerGroup) => boolean {
  const volumes = unnamed.map(({ amounts }) => volumeOf(amounts));
  const largest = volumes.reduce((most, volume) => (volume > most ? volume : most), 0n);
  return ({ amounts }) => volumes.length > 1 && volumeOf(amounts) > largest;
}

/** Without it, postings that offset each other under wrong numbers would pass as other numbers. */
function noCommonNumber(storeId: StoreId, { foreign, unnamed }: Referred): OpenItem {
  return {
    finding: 'ambiguous',
    storeId,
    subject: 'document numbers',
    about: '',
    differences: NO_AMOUNTS,
    documents: unnamed.map(({ document }) => document),
    entries: foreign.flatMap((group) => group.entries),
    claim: { kind: 'no-common-number' },
    candidates: [
      { reading: 'The ledger numbers documents otherwise than the POS', documentIds: [], vouchers: [] },
      { reading: 'Postings with wrong numbers offset each other', documentIds: [], vouchers: [] },
    ],
    candidateCount: 2,
  };
}
