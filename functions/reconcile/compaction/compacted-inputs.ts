import type { SetWork, LedgerSum, OpenCounts } from '../../../shared/azure/duckdb/set-work.ts';
import type { StoreId } from '../../../shared/ids.ts';
import { uniquePostings } from '../../../shared/ledger/posting-overlaps.ts';
import type { CompactedStore } from '../../../shared/lake/compacted-store.ts';
import { controlFaults, differenceOfJudged, type ControlSums } from '../../../shared/lake/control-sums.ts';
import { documentOf } from '../../../shared/lake/document-row.ts';
import { ledgerEntryOf } from '../../../shared/lake/ledger-row.ts';
import { receiptOf } from '../../../shared/lake/receipt-row.ts';
import { needsWhole, planStore, type StoreFacts, type StorePlan } from '../../../shared/lake/set-plan.ts';
import { toTotal, type Currency } from '../../../shared/money.ts';
import { accountKey, ofAccountKey, type AccountKey } from '../../../shared/reconciliation/cell.ts';
import type { CountedReceipts } from '../../../shared/reconciliation/completeness.ts';
import type { LedgerFileControl } from '../../../shared/reconciliation/control-totals.ts';
import { emptyDay, type StoreDay } from '../../../shared/reconciliation/day-book.ts';
import type { ReconciliationException } from '../../../shared/reconciliation/exception.ts';
import type { ReportCell } from '../../../shared/reconciliation/report-cell.ts';
import type { StoreInput } from '../../../shared/reconciliation/reconcile-shard.ts';

/** One store's inputs, with as much of its documents and entries as has to be judged. */
export interface StoreWork {
  readonly storeId: StoreId;
  readonly compacted: CompactedStore | undefined;
  readonly facts: StoreFacts;
  readonly plan: StorePlan;
  readonly cells: readonly ReportCell[];
  readonly sums: readonly LedgerSum[];
}

/** What has to be done for each store, sorted; only counts and sums are read for it. */
export async function planStores(
  work: SetWork,
  stores: ReadonlyMap<StoreId, CompactedStore>,
  isKnown: (storeId: StoreId) => boolean,
): Promise<StoreWork[]> {
  const sums = new Map<StoreId, LedgerSum[]>();
  for (const sum of await work.ledgerSums()) {
    const storeId = sum.storeId as StoreId;
    const of = sums.get(storeId);
    if (of) of.push(sum);
    else sums.set(storeId, [sum]);
  }
  const inSeveralParts = [...sums].filter(([, of]) => new Set(of.map(({ part }) => part)).size > 1);
  const counts = await work.openCounts(inSeveralParts.map(([storeId]) => storeId));
  const planned = [...new Set([...stores.keys(), ...sums.keys()])].sort().map((storeId): StoreWork => {
    const compacted = stores.get(storeId);
    const own = sums.get(storeId) ?? [];
    const cells = cellsOf(storeId, compacted, own);
    const facts = {
      ...(counts.get(storeId) ?? NOTHING_OPEN),
      known: isKnown(storeId),
      documents: compacted?.documents ?? 0,
      cellsTie: cells.every(({ posMinor, ledgerMinor }) => posMinor === ledgerMinor),
    };
    return { storeId, compacted, facts, plan: planStore(facts), cells, sums: own };
  });
  await work.gatherOpen(planned.flatMap(({ storeId, plan }) => (plan === 'open' ? [storeId] : [])));
  return planned;
}

const NOTHING_OPEN: OpenCounts = {
  openDocuments: 0,
  openNumbers: 0,
  emptyNumbers: 0,
  vouchers: 0,
  overlaps: false,
};

/** A store's input, with what set work leaves out of it as tied. */
export async function inputOf(work: SetWork, store: StoreWork): Promise<StoreInput> {
  const { storeId, compacted, plan, facts } = store;
  if (plan === 'whole') return wholeInput(work, store);
  const isOpen = plan === 'open';
  const documents = isOpen ? (await work.openDocuments(storeId)).map(documentOf).sort(byDocumentId) : [];
  const entries = isOpen ? (await work.openEntries(storeId)).map(ledgerEntryOf) : [];
  const receipts = (await work.openReceipts(storeId)).map(receiptOf);
  const isBySum = !isOpen && facts.vouchers > 0;
  return {
    day: {
      ...dayOf(storeId, compacted),
      documents,
      ...(isOpen && { notInForce: await work.notInForce(storeId, false) }),
    },
    entries,
    known: facts.known,
    receipts: compacted && {
      receipts,
      missingNumbers: compacted.missingNumbers,
      numberedTills: compacted.numberedTills,
      zReports: compacted.zReports,
      withdrawn: compacted.withdrawn,
    },
    settled: {
      cells: store.cells,
      byReference: facts.documents - facts.openDocuments,
      byStatement: isBySum ? facts.openDocuments : 0,
      ledgerEntries: store.sums.reduce((sum, { rows }) => sum + rows, 0),
      files: filesOf(store.sums),
      receipts: compacted ? without(compacted.goodReceipts, receipts) : [],
    },
  };
}

/** All of the store, as the plain matcher takes it. */
export async function wholeInput(
  work: SetWork,
  { storeId, compacted, facts }: StoreWork,
): Promise<StoreInput> {
  const documents = (await work.allDocuments(storeId)).map(documentOf);
  const all = (await work.allEntries(storeId)).map(ledgerEntryOf);
  const { counted, overlaps } = uniquePostings(all);
  const receipts = compacted && {
    receipts: (await work.allReceipts(storeId)).map(receiptOf),
    missingNumbers: compacted.missingNumbers,
    numberedTills: compacted.numberedTills,
    zReports: compacted.zReports,
    withdrawn: compacted.withdrawn,
  };
  const day = {
    ...dayOf(storeId, compacted),
    documents: documents.sort(byDocumentId),
    notInForce: await work.notInForce(storeId, true),
  };
  return { day, entries: counted, overlaps, known: facts.known, receipts };
}

/** Whether a store's outcome depends on documents that were left out. */
export const mustJudgeWhole = (
  { plan, facts }: StoreWork,
  exceptions: readonly ReconciliationException[],
): boolean =>
  plan === 'open' &&
  needsWhole(
    facts,
    exceptions.some(({ claim }) => claim.kind !== 'data' && claim.kind !== 'same-number'),
  );

/** Faults of the set work itself: what it left out does not tie. None unless Tillstream is at fault. */
export function setWorkFaults(store: StoreWork, { day, entries }: StoreInput): string[] {
  const { storeId, compacted, plan, facts, sums } = store;
  // In sum, documents have no number in common with their vouchers; their totals were compared.
  if (plan === 'whole' || (plan === 'settled' && facts.vouchers > 0)) return [];
  const all: ControlSums = new Map();
  const add = (key: AccountKey, sum: bigint): unknown => all.set(key, (all.get(key) ?? 0n) + sum);
  for (const { account, currency, controlSum } of compacted?.cells ?? [])
    add(accountKey(account, currency as Currency), controlSum);
  for (const { cell, controlSum } of sums) add(cell as AccountKey, -controlSum);
  return controlFaults(all, differenceOfJudged(day.documents, entries)).map(
    (key) => `${storeId} ${key}: what the set work left out as tied does not tie`,
  );
}

const byDocumentId = (left: { documentId: string }, right: { documentId: string }): number =>
  left.documentId < right.documentId ? -1 : 1;

function dayOf(storeId: StoreId, compacted: CompactedStore | undefined): StoreDay {
  if (!compacted) return emptyDay(storeId);
  const { findings, controls, giftCards } = compacted;
  return { ...emptyDay(storeId), findings, controls, giftCards };
}

function cellsOf(
  storeId: StoreId,
  compacted: CompactedStore | undefined,
  sums: readonly LedgerSum[],
): ReportCell[] {
  const totals = new Map<AccountKey, { pos: bigint; ledger: bigint }>();
  const of = (key: AccountKey): { pos: bigint; ledger: bigint } => {
    const total = totals.get(key) ?? { pos: 0n, ledger: 0n };
    totals.set(key, total);
    return total;
  };
  for (const { account, currency, posMinor } of compacted?.cells ?? [])
    of(accountKey(account, currency as Currency)).pos += posMinor;
  for (const { cell, debitMinor, creditMinor } of sums)
    of(cell as AccountKey).ledger += debitMinor + creditMinor;
  return [...totals]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, { pos, ledger }]) => ({
      storeId,
      ...ofAccountKey(key),
      posMinor: toTotal(pos),
      ledgerMinor: toTotal(ledger),
    }));
}

function filesOf(sums: readonly LedgerSum[]): LedgerFileControl[] {
  return sums.map(({ part, cell, rows, debitMinor, creditMinor }) => ({
    file: part,
    currency: ofAccountKey(cell as AccountKey).currency,
    rows,
    debitMinor: toTotal(debitMinor),
    creditMinor: toTotal(creditMinor),
  }));
}

/** Good receipts that are not among those that were read. */
function without(
  all: readonly CountedReceipts[],
  read: readonly {
    tillId: string;
    shiftId: string;
    currency: string;
    grossMinor: number;
    refusals: readonly unknown[];
  }[],
): CountedReceipts[] {
  const keyOf = (one: { tillId: string; shiftId: string; currency: string }): string =>
    JSON.stringify([one.tillId, one.shiftId, one.currency]);
  const sums = new Map<string, { receipts: number; gross: bigint }>();
  for (const one of read) {
    if (one.refusals.length > 0) continue;
    const sum = sums.get(keyOf(one)) ?? { receipts: 0, gross: 0n };
    sums.set(keyOf(one), sum);
    sum.receipts += 1;
    sum.gross += BigInt(one.grossMinor);
  }
  return all.map((one) => {
    const sum = sums.get(keyOf(one));
    return sum
      ? {
          ...one,
          receipts: one.receipts - sum.receipts,
          grossMinor: toTotal(BigInt(one.grossMinor) - sum.gross),
        }
      : one;
  });
}
