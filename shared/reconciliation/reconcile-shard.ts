import type { BusinessDate, StoreId } from '../ids.ts';
import type { AccountRoles } from '../ledger/account-roles.ts';
import type { LedgerRowError } from '../ledger/ledger-row.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { AgreedFee } from '../ledger/posting-profile.ts';
import type { SettlementEntry } from '../ledger/settlement/settlement-entry.ts';
import type { PostingOverlap } from '../ledger/posting-overlaps.ts';
import type { Forecast } from '../forecast/forecast.ts';
import { NO_RECEIPTS, type DayReceipts } from '../forecast/receipts.ts';
import { checkClaims } from './check-claims.ts';
import { differenceOf, sumOf } from './cell.ts';
import { exceptionOfItem, unknownStoreException } from './classify.ts';
import { completenessOf, type CompletenessRow } from './completeness.ts';
import { completenessFaults } from './completeness-totals.ts';
import { viewOfHeadquarters, type HeadquartersView, type StoreHeadquarters } from './headquarters.ts';
import type { ShardControl } from './control-totals.ts';
import { exceptionOfFinding, unreadRowsException } from './data-exceptions.ts';
import type { StoreDay } from './day-book.ts';
import type { ReconciliationException } from './exception.ts';
import { FileControls } from './file-controls.ts';
import type { GiftCardDay } from './gift-cards.ts';
import { settleByWindow } from './match-window.ts';
import { refusalsAmong, type Refusals } from './judge-refused.ts';
import { matchStore, type PassCounts } from './match-store.ts';
import { groupEntries, type OpenItem } from './open-item.ts';
import { overlapException } from './overlap-exception.ts';
import type { ReportCell } from './report-cell.ts';
import type { SettledPart } from './settled-part.ts';
import type { CardPayment } from './settlement/card-payment.ts';
import { findElsewhere, type Elsewhere } from './other-dates.ts';
import { missingItem } from './statement-items.ts';
import type { UncoveredPart } from './uncovered.ts';
import type { UnreadRows } from './unread-rows.ts';

/** The outcome for one shard of a date's stores; plain JSON, as it is kept until all shards are there. */
export interface ShardResult {
  readonly businessDate: BusinessDate;
  readonly cells: readonly ReportCell[];
  readonly exceptions: readonly ReconciliationException[];
  /** Exceptions whose claim does not hold on both sides; always empty unless Tillstream itself is at fault. */
  readonly claimViolations: readonly string[];
  readonly control: ShardControl;
  readonly documents: number;
  readonly events: number;
  readonly ledgerEntries: number;
  readonly ledgerRowErrors: readonly LedgerRowError[];
  readonly ledgerFiles: readonly string[];
  readonly passes: PassCounts;
  /** The newest time at which an event was received, or empty. */
  readonly dataAsOf: string;
  /** Absent in a result of a version that did not count by store. */
  readonly storeCounts?: readonly StoreCount[];
  /** What of its stores' day it lacks. */
  readonly uncovered?: readonly UncoveredPart[];
  /** Undefined in a result of a version that did not look. */
  readonly giftCards?: readonly GiftCardDay[];
  /** Undefined where no settlement report concerns the date. */
  readonly settlement?: ShardSettlement;
  /** How far the receipts have come, by store, till and shift. Undefined in a result of a version that did not look. */
  readonly completeness?: readonly CompletenessRow[];
  /** Undefined where no forecast is made. */
  readonly forecast?: Forecast | undefined;
  /** Row errors beyond those that are listed. */
  readonly ledgerRowErrorsOmitted?: number;
}

/** How much of a store's day there is on both sides, by which a change shows that leaves every total as it was. */
export interface StoreCount {
  readonly storeId: StoreId;
  readonly documents: number;
  readonly ledgerEntries: number;
}

/** A shard's part of the third side. */
export interface ShardSettlement {
  readonly payments: readonly CardPayment[];
  readonly bank: readonly LedgerEntry[] | undefined;
  /** Every shard reads the same reports: the first one has their rows. */
  readonly entries?: readonly SettlementEntry[];
  readonly errors?: readonly LedgerRowError[];
  /** As the posting profile has them. */
  readonly agreedFees?: readonly AgreedFee[] | undefined;
}

export interface StoreInput {
  readonly day: StoreDay;
  readonly entries: readonly LedgerEntry[];
  /** False where master data has no such store. */
  readonly known: boolean;
  /** Ledger rows that could not be read, where there are any. */
  readonly unread?: UnreadRows | undefined;
  /** Receipts of the store, judged by the rules of Dynamics 365. */
  readonly receipts?: DayReceipts | undefined;
  /** What the accounts of the posting profile are for; without it differences in tax, tender and rounding are amounts that differ. */
  readonly accounts?: AccountRoles | undefined;
  /** What Commerce headquarters has of the store and date; undefined where it is not read. */
  readonly headquarters?: StoreHeadquarters | undefined;
  /** What several ledger files hold of the store and date. `entries` has it as it counts. */
  readonly overlaps?: readonly PostingOverlap[];
  /** What the day, the entries and the receipts leave out; undefined where they are whole. */
  readonly settled?: SettledPart | undefined;
}

export type Reconciled = Pick<
  ShardResult,
  | 'cells'
  | 'exceptions'
  | 'claimViolations'
  | 'control'
  | 'documents'
  | 'passes'
  | 'storeCounts'
  | 'completeness'
>;

export function reconcileStores(
  businessDate: BusinessDate,
  stores: readonly StoreInput[],
  elsewhere: Elsewhere,
): Reconciled {
  const cells: ReportCell[] = [];
  const exceptions: ReconciliationException[] = [];
  const claimViolations: string[] = [];
  const files = new FileControls();
  const repeated = new FileControls();
  const passes = { cellsByTotal: 0, byReference: 0, byStatement: 0 };
  const completeness: CompletenessRow[] = [];
  let documents = 0;
  for (const store of stores) {
    const { day, entries, known, unread, overlaps = [], settled } = store;
    const match = matchStore(day.storeId, day.documents, entries, settled);
    documents += documentsIn(store);
    for (const pass of ['cellsByTotal', 'byReference', 'byStatement'] as const)
      passes[pass] += match.passes[pass];
    for (const cell of match.cells) cells.push(cell);
    if (settled) for (const file of settled.files) files.addCounted(file);
    else for (const entry of entries) files.add(entry);
    for (const { kind, alsoIn, entries: rows } of overlaps)
      if (kind === 'same' || kind === 'looks-the-same') for (const entry of rows) repeated.add(entry, alsoIn);
    const headquarters =
      store.headquarters &&
      viewOfHeadquarters(day.storeId, store.receipts?.receipts ?? [], store.headquarters);
    const items = settleByWindow(
      match.items
        .flatMap((item) => splitByDate(item, elsewhere))
        .map((item) => withElsewhere(item, elsewhere)),
      elsewhere.windowOf?.(day.storeId) ?? [],
    );
    const around = { refusals: store.receipts && refusalsAmong(store.receipts.receipts), headquarters };
    const found = known
      ? items.map((item) => exceptionIn(store, item, businessDate, around))
      : unknownStore(businessDate, store);
    const told = toldOf(store, items, headquarters);
    for (const row of told.rows) completeness.push(row);
    claimViolations.push(...told.faults);
    const all = [...found, ...dataExceptions(day, items, businessDate)];
    claimViolations.push(
      ...checkClaims({
        storeId: day.storeId,
        documents: day.documents,
        entries,
        exceptions: all,
        elsewhere,
        sets: match.sets,
        accounts: store.accounts,
        receipts: store.receipts?.receipts,
        headquarters: store.headquarters,
      }),
    );
    for (const exception of all) exceptions.push(exception);
    for (const overlap of overlaps)
      if (overlap.kind !== 'same') exceptions.push(overlapException(overlap, day.storeId, businessDate));
    if (unread && unread.rows > 0) exceptions.push(unreadRowsException(unread, day.storeId, businessDate));
  }
  const books = stores.flatMap(({ day }) => day.controls);
  const control = { books, files: files.all(), repeated: repeated.repeats() };
  const storeCounts = stores.map(countOf);
  return { cells, exceptions, claimViolations, control, documents, passes, completeness, storeCounts };
}

const countOf = (store: StoreInput): StoreCount => ({
  storeId: store.day.storeId,
  documents: documentsIn(store),
  ledgerEntries: entriesIn(store),
});

/** How far the receipts of a store have come, where anything is known of them, and the faults of that. */
function toldOf(
  { day, receipts, settled }: StoreInput,
  items: readonly OpenItem[],
  headquarters: HeadquartersView | undefined,
): { rows: readonly CompletenessRow[]; faults: readonly string[] } {
  if (!receipts && !headquarters) return { rows: [], faults: [] };
  const rows = completenessOf(receipts ?? NO_RECEIPTS, items, headquarters, settled?.receipts);
  const isPartial = headquarters && settled?.receipts.some((counted) => counted.receipts > 0) === true;
  return {
    rows,
    faults: [
      ...completenessFaults(rows),
      ...(isPartial ? [`${day.storeId}: headquarters was compared with a part of the receipts`] : []),
    ],
  };
}

function documentsIn({ day, settled }: StoreInput): number {
  return day.documents.length + (settled?.byReference ?? 0) + (settled?.byStatement ?? 0);
}

/** Entries of a store that count, with those that its input leaves out. */
const entriesIn = ({ entries, settled }: StoreInput): number => settled?.ledgerEntries ?? entries.length;

function exceptionIn(
  { day, unread, accounts }: StoreInput,
  item: OpenItem,
  businessDate: BusinessDate,
  { refusals, headquarters }: { refusals: Refusals | undefined; headquarters: HeadquartersView | undefined },
): ReconciliationException {
  return exceptionOfItem(item, businessDate, {
    unread,
    accounts,
    refusals,
    atHeadquarters: headquarters?.ofDocument,
    notInForce: (documentNumber) => day.notInForce.get(documentNumber),
  });
}

/** A whole day that was posted to another date is no day that waits for its posting. */
function splitByDate(item: OpenItem, elsewhere: Elsewhere): OpenItem[] {
  const { storeId, documents } = item;
  if (item.finding !== 'store-not-posted') return [item];
  const isElsewhere = documents.some(({ documentId }) => elsewhere.entriesOf(storeId, documentId).length > 0);
  if (!isElsewhere) return [item];
  return documents.map((document) => missingItem(storeId, { document, amounts: document.amounts }));
}

function withElsewhere(item: OpenItem, elsewhere: Elsewhere): OpenItem {
  const found = findElsewhere(item, elsewhere);
  return found ? { ...item, elsewhere: found } : item;
}

function unknownStore(businessDate: BusinessDate, { day, entries }: StoreInput): ReconciliationException[] {
  const { storeId, documents, findings } = day;
  const posted = groupEntries(entries, () => '')[0]?.amounts ?? new Map();
  const differences = differenceOf(sumOf(documents.map((document) => document.amounts)), posted);
  const finding = findings.find((one) => one.kind === 'unknown-store');
  return [unknownStoreException(storeId, businessDate, { documents, entries }, differences, finding)];
}

/** A till that does not balance is one exception: with the difference that the ledger shows, if it shows one. */
function dataExceptions(
  day: StoreDay,
  items: readonly OpenItem[],
  businessDate: BusinessDate,
): ReconciliationException[] {
  const shown = new Set(items.filter((item) => item.finding === 'unbalanced').map((item) => item.subject));
  return day.findings.flatMap((finding) => {
    if (finding.kind === 'unknown-store') return [];
    if (finding.kind === 'unbalanced-transaction' && shown.has(finding.transactionId)) return [];
    return [exceptionOfFinding(finding, day.storeId, businessDate)];
  });
}
