import type { BusinessDate, StoreId } from '../ids.ts';
import type { TotalMinor } from '../money.ts';
import type { Instant } from '../time.ts';
import type { Actor } from './actor.ts';
import type { HistoryEntry } from './history.ts';
import type { Item, ItemStatus } from './item.ts';

/** Raise it when a stored field changes its meaning; a version refuses what a later one wrote. */
export const WORKFLOW_FORMAT = 1;

export const PHASES = [
  /** The date has not ended in the store. */
  'collecting',
  /** It has ended, and is not reconciled yet. */
  'ready',
  /** POS and ledger agree in every cell. */
  'ties',
  'exceptions',
  'prepared',
  'signed-off',
  /** It was prepared or signed off, and somebody or something has taken that back. */
  'reopened',
] as const;
export type Phase = (typeof PHASES)[number];
/** The phases that are stored; the two before them follow from what has arrived. */
export type ReportedPhase = Exclude<Phase, 'collecting' | 'ready'>;

/** Both sides of an account of the store, as the newest report has them. */
export interface SeenCell {
  readonly account: string;
  readonly currency: string;
  readonly posMinor: TotalMinor;
  readonly ledgerMinor: TotalMinor;
  readonly explainedMinor: TotalMinor;
}

/** What the workflow keeps of the newest report it has followed. */
export interface SeenReport {
  /** ETag of the report; empty while it is being followed. */
  readonly reportId: string;
  /** Fingerprint of the store's input data; undefined where it was not known. */
  readonly inputs?: string | undefined;
  readonly dataAsOf: string;
  readonly proofHolds: boolean;
  /** The store's books are not in the report, as a part of its data could not be read. */
  readonly isLeftOut: boolean;
  /** Parts and ledger rows that are missing and are, or may be, of this store. */
  readonly missing: number;
  /** POS documents and ledger entries; undefined in a report of a version that did not count by store. */
  readonly documents?: number | undefined;
  readonly ledgerEntries?: number | undefined;
  /** Those that differ first, as many as a row of a table holds. */
  readonly cells: readonly SeenCell[];
  readonly cellsOmitted: number;
  /** Of all cells, also those that are not listed. */
  readonly cellsDigest: string;
  /** Cells whose difference no exception explains; 0 unless Tillstream itself is at fault. */
  readonly unexplained: number;
}

export interface Signature {
  readonly by: Actor;
  readonly at: Instant;
  /** The version that was signed. */
  readonly version: number;
  readonly text?: string | undefined;
}

/** Why a preparation or sign-off does not stand any more. */
interface Withdrawal {
  readonly at: Instant;
  readonly by: Actor;
  readonly was: 'prepared' | 'signed-off';
  readonly reason: string;
  readonly changes?: DayChanges | undefined;
}

/** What a new report changed, bounded; `omitted` counts what is not listed. */
export interface DayChanges {
  readonly cells: readonly CellChange[];
  readonly documents?: readonly [before: number, after: number] | undefined;
  readonly ledgerEntries?: readonly [before: number, after: number] | undefined;
  /** Item ids. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly gone: readonly string[];
  readonly omitted: number;
  /** What else is new, such as a proof that does not hold. */
  readonly notes: readonly string[];
}

export interface CellChange {
  readonly account: string;
  readonly currency: string;
  readonly posBefore: TotalMinor;
  readonly posAfter: TotalMinor;
  readonly ledgerBefore: TotalMinor;
  readonly ledgerAfter: TotalMinor;
}

/** One store on one business date. */
export interface StoreDay {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  /** Sequence number of the last entry of the history, of the day or of any of its items. */
  readonly version: number;
  readonly phase: ReportedPhase;
  readonly report: SeenReport;
  readonly counts: Readonly<Record<ItemStatus, number>>;
  /** Items that somebody still has to answer for. */
  readonly unanswered: number;
  readonly prepared?: Signature | undefined;
  readonly signedOff?: Signature | undefined;
  readonly withdrawal?: Withdrawal | undefined;
}

/** A day with its items. */
export interface DayRecord {
  readonly day: StoreDay;
  /** By item id. */
  readonly items: ReadonlyMap<string, Item>;
}

/** What is written at once: the day, the items that changed, and what is added to the history. */
export interface DayStep {
  readonly day: StoreDay;
  readonly items: readonly Item[];
  readonly history: readonly HistoryEntry[];
}

export const isClosed = ({ phase }: Pick<StoreDay, 'phase'>): boolean =>
  phase === 'prepared' || phase === 'signed-off';

/** What a new report makes of the phase, where nothing is signed. */
export function phaseOfReport(report: SeenReport, openOrAnswered: number): ReportedPhase {
  const agrees = openOrAnswered === 0 && report.proofHolds && !report.isLeftOut && report.missing === 0;
  return agrees ? 'ties' : 'exceptions';
}
