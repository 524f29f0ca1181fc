import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import type { BusinessDate } from '../../ids.ts';
import type { HubGeneration } from '../hub/hub-generation.ts';
import { tableRows, type StoredRow, type TableRows } from '../table-rows.ts';

/**
 * The table `days`: what has arrived for which business date, what of it is reconciled, and how far landing is. Every
 * write is the same when it is repeated, so that a kill between any two of them forgets nothing.
 *
 * | Partition | Row | Holds |
 * |---|---|---|
 * | business date | `blob <partition> <generation> <first>` | a raw blob with events of the date, and of which stores |
 * | date of arrival | `quarantined <partition> <generation> <first>` | a raw blob with events of no plausible business date |
 * | business date | `gap <partition> <generation> <first>` | events that the hub dropped about then, before they were landed |
 * | business date | `ledger <digest>` | a ledger file with entries of the date |
 * | `~reconciled` | business date | the outcome, and the inputs that it rests on |
 * | `~dirty` | business date | something has arrived since the last reconciliation |
 * | `~ledger` | digest of a name | a ledger file as it was last indexed |
 * | `~landing` | hub partition | the next sequence number to land |
 */
export interface DayBlob {
  readonly partition: string;
  /** Empty for a blob from before there were any. */
  readonly generation: HubGeneration;
  readonly firstSequenceNumber: number;
  readonly name: string;
  readonly events: number;
  /** Stores with events of the date in this blob; undefined where they are too many to list. */
  readonly stores: readonly string[] | undefined;
}

/** Events that left the hub before they were landed: they may have been of any store and of any date. */
export interface LandingGap {
  readonly partition: string;
  readonly generation: HubGeneration;
  /** Both included. */
  readonly firstSequenceNumber: number;
  readonly lastSequenceNumber: number;
}

interface DayLedgerFile {
  readonly name: string;
  readonly etag: string;
  readonly dimensions: readonly string[] | undefined;
}

/** Everything that a date's reconciliation rests on. */
export interface DayInputs {
  readonly blobs: readonly DayBlob[];
  /** Blobs with events that arrived on this date and are of no plausible business date. */
  readonly quarantined: readonly DayBlob[];
  readonly ledgerFiles: readonly DayLedgerFile[];
  readonly gaps: readonly LandingGap[];
  /** Changes whenever something was added. */
  readonly fingerprint: string;
}

export interface DayOutcome {
  readonly businessDate: BusinessDate;
  readonly inputs: string;
  readonly proofHolds: boolean;
  readonly exceptions: number;
  readonly stores: number;
  readonly documents: number;
  /** Totals by currency as JSON, for the list of days. */
  readonly balances: string;
  readonly dataAsOf: string;
  /** Open documents may turn out to be posted on a neighbouring date, so that news there concern this date. */
  readonly asksNeighbours: boolean;
}

export interface IndexedLedgerFile {
  readonly name: string;
  readonly etag: string;
  /** When it was uploaded, as an instant; undefined where an earlier version indexed it. */
  readonly modifiedAt?: string | undefined;
  readonly dates: readonly string[];
  readonly rows: number;
  readonly badRows: number;
  /** The first errors, as `line N, column: reason`. */
  readonly firstErrors: readonly string[];
}

export interface LandingMark {
  readonly partition: string;
  /** Which hub it is about; undefined where a version before there were generations wrote it last. */
  readonly generation: HubGeneration | undefined;
  readonly nextSequenceNumber: number;
  /** The hub's last sequence number when this was written; lag is what lies between. */
  readonly lastEnqueued: number;
  /** When the table took it, in epoch milliseconds; undefined for a mark that does not exist yet. */
  readonly writtenAtMs: number | undefined;
  /** The ETag that a later write must name; undefined for a mark that does not exist yet. */
  readonly etag: string | undefined;
}

/** A mark as a run writes it. */
export type MovedMark = Omit<LandingMark, 'generation' | 'writtenAtMs'> & {
  readonly generation: HubGeneration;
};

export interface Days {
  landingMark(partition: string): Promise<LandingMark | undefined>;
  landingMarks(): Promise<LandingMark[]>;
  /** @returns its new ETag; undefined when another run has moved it since it was read. */
  moveLandingMark(mark: MovedMark): Promise<string | undefined>;
  addBlob(businessDate: string, blob: DayBlob): Promise<void>;
  /** Notes, under the UTC date of their arrival, events whose business date is not plausible. */
  addQuarantined(arrivalDate: string, blob: DayBlob): Promise<void>;
  addGap(businessDate: string, gap: LandingGap): Promise<void>;
  addLedgerFile(businessDate: string, file: DayLedgerFile): Promise<void>;
  removeLedgerFile(businessDate: string, name: string): Promise<void>;
  markDirty(businessDates: readonly string[]): Promise<void>;
  dirtyDates(): Promise<{ businessDate: BusinessDate; etag: string }[]>;
  /** Clears the mark unless something has arrived since it was read. */
  clearDirty(businessDate: string, etag: string): Promise<void>;
  inputsOf(businessDate: string): Promise<DayInputs>;
  outcomeOf(businessDate: string): Promise<DayOutcome | undefined>;
  putOutcome(outcome: DayOutcome): Promise<void>;
  outcomes(): Promise<DayOutcome[]>;
  indexedLedgerFiles(): Promise<IndexedLedgerFile[]>;
  putIndexedLedgerFile(file: IndexedLedgerFile): Promise<void>;
  removeIndexedLedgerFile(name: string): Promise<void>;
}

export const LANDING_PARTITION = '~landing';
const DIRTY = '~dirty';
const LEDGER = '~ledger';
const RECONCILED = '~reconciled';
/** A string property holds 32 Ki characters. */
const MAX_LIST_CHARACTERS = 30_000;

export function tableDays(table: TableClient): Days {
  const rows = tableRows(table);
  return { ...landingMarks(rows), ...inputs(rows), ...dirtyMarks(rows), ...outcomes(rows) };
}

function landingMarks(rows: TableRows): Pick<Days, 'landingMark' | 'landingMarks' | 'moveLandingMark'> {
  return {
    async landingMark(partition) {
      const row = await rows.get(LANDING_PARTITION, partition);
      return row && landingMarkOf(row);
    },
    landingMarks: async () => (await rows.inPartition(LANDING_PARTITION)).map(landingMarkOf),
    moveLandingMark: ({ partition, generation, nextSequenceNumber, lastEnqueued, etag }) =>
      rows.swap(
        { partitionKey: LANDING_PARTITION, rowKey: partition, generation, nextSequenceNumber, lastEnqueued },
        etag,
      ),
  };
}

function inputs(
  rows: TableRows,
): Pick<
  Days,
  | 'addBlob'
  | 'addGap'
  | 'addQuarantined'
  | 'addLedgerFile'
  | 'removeLedgerFile'
  | 'inputsOf'
  | 'indexedLedgerFiles'
  | 'putIndexedLedgerFile'
  | 'removeIndexedLedgerFile'
> {
  return {
    addBlob: (businessDate, blob) => rows.put(blobRow('blob', businessDate, blob)),
    addQuarantined: (arrivalDate, blob) => rows.put(blobRow('quarantined', arrivalDate, blob)),
    addGap: (businessDate, gap) =>
      rows.put({
        partitionKey: businessDate,
        rowKey: `gap ${gap.partition} ${gap.generation} ${numbered(gap.firstSequenceNumber)}`,
        ...gap,
      }),
    addLedgerFile: (businessDate, file) =>
      rows.put({
        partitionKey: businessDate,
        rowKey: ledgerRowKey(file.name),
        name: file.name,
        etag_: file.etag,
        dimensions: listed(file.dimensions),
      }),
    removeLedgerFile: (businessDate, name) => rows.remove(businessDate, ledgerRowKey(name)),
    inputsOf: async (businessDate) => inputsFrom(await rows.inPartition(businessDate)),
    indexedLedgerFiles: async () => (await rows.inPartition(LEDGER)).map(ledgerFileFrom),
    putIndexedLedgerFile: ({ dates, firstErrors, etag, modifiedAt, ...file }) =>
      rows.put({
        ...file,
        ...(modifiedAt === undefined ? {} : { modifiedAt }),
        partitionKey: LEDGER,
        rowKey: digestOf(file.name),
        etag_: etag,
        dates: listed(dates),
        firstErrors: listed(firstErrors.slice(0, 20).map((error) => error.slice(0, 300))),
      }),
    removeIndexedLedgerFile: (name) => rows.remove(LEDGER, digestOf(name)),
  };
}

function dirtyMarks(rows: TableRows): Pick<Days, 'markDirty' | 'dirtyDates' | 'clearDirty'> {
  return {
    markDirty: (businessDates) =>
      rows.putAll([...new Set(businessDates)].map((rowKey) => ({ partitionKey: DIRTY, rowKey }))),
    dirtyDates: async () =>
      (await rows.inPartition(DIRTY)).map((row) => ({
        businessDate: row.rowKey as BusinessDate,
        etag: row.etag ?? '*',
      })),
    clearDirty: (businessDate, etag) => rows.remove(DIRTY, businessDate, etag),
  };
}

function outcomes(rows: TableRows): Pick<Days, 'outcomeOf' | 'putOutcome' | 'outcomes'> {
  return {
    async outcomeOf(businessDate) {
      const row = await rows.get(RECONCILED, businessDate);
      return row && outcomeFrom(row);
    },
    putOutcome: (outcome) => rows.put({ ...outcome, partitionKey: RECONCILED, rowKey: outcome.businessDate }),
    outcomes: async () => (await rows.inPartition(RECONCILED)).map(outcomeFrom),
  };
}

const numbered = (sequenceNumber: number): string => String(sequenceNumber).padStart(20, '0');
const digestOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);
const ledgerRowKey = (name: string): string => `ledger ${digestOf(name)}`;

/** A list as text; empty where it is too long to keep, which readers take for "any". */
function listed(list: readonly string[] | undefined): string {
  const text = list === undefined ? '' : JSON.stringify(list);
  return text.length > MAX_LIST_CHARACTERS ? '' : text;
}

function listFrom(text: unknown): string[] | undefined {
  return typeof text === 'string' && text !== '' ? (JSON.parse(text) as string[]) : undefined;
}

function landingMarkOf(row: StoredRow): LandingMark {
  return {
    partition: row.rowKey,
    generation: typeof row['generation'] === 'string' ? row['generation'] : undefined,
    writtenAtMs: typeof row['timestamp'] === 'string' ? Date.parse(row['timestamp']) : undefined,
    nextSequenceNumber: Number(row['nextSequenceNumber']),
    lastEnqueued: Number(row['lastEnqueued']),
    etag: row.etag,
  };
}

/** A blob of a version without generations keeps its row key, so that it is not listed twice. */
function blobRow(kind: 'blob' | 'quarantined', date: string, blob: DayBlob) {
  const { partition, generation, firstSequenceNumber, name, events, stores } = blob;
  const place = generation === '' ? partition : `${partition} ${generation}`;
  return {
    partitionKey: date,
    rowKey: `${kind} ${place} ${numbered(firstSequenceNumber)}`,
    name,
    events,
    partition,
    generation,
    firstSequenceNumber,
    stores: listed(stores),
  };
}

function blobFrom(row: StoredRow): DayBlob {
  return {
    partition: String(row['partition']),
    generation: typeof row['generation'] === 'string' ? row['generation'] : '',
    firstSequenceNumber: Number(row['firstSequenceNumber']),
    name: String(row['name']),
    events: Number(row['events']),
    stores: listFrom(row['stores']),
  };
}

function inputsFrom(rows: readonly StoredRow[]): DayInputs {
  const blobs: DayBlob[] = [];
  const quarantined: DayBlob[] = [];
  const ledgerFiles: DayLedgerFile[] = [];
  const gaps: LandingGap[] = [];
  const hash = createHash('sha256');
  for (const row of rows) {
    const name = String(row['name']);
    if (row.rowKey.startsWith('blob ')) {
      blobs.push(blobFrom(row));
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith('quarantined ')) {
      quarantined.push(blobFrom(row));
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith('ledger ')) {
      const etag = String(row['etag_']);
      ledgerFiles.push({ name, etag, dimensions: listFrom(row['dimensions']) });
      hash.update(`${row.rowKey} ${etag}\n`);
    } else if (row.rowKey.startsWith('gap ')) {
      gaps.push({
        partition: String(row['partition']),
        generation: String(row['generation']),
        firstSequenceNumber: Number(row['firstSequenceNumber']),
        lastSequenceNumber: Number(row['lastSequenceNumber']),
      });
      hash.update(`${row.rowKey}\n`);
    }
  }
  return { blobs, quarantined, ledgerFiles, gaps, fingerprint: hash.digest('hex').slice(0, 32) };
}

function outcomeFrom(row: StoredRow): DayOutcome {
  return {
    businessDate: row.rowKey as BusinessDate,
    inputs: String(row['inputs']),
    proofHolds: row['proofHolds'] === true,
    exceptions: Number(row['exceptions']),
    stores: Number(row['stores']),
    documents: Number(row['documents']),
    balances: String(row['balances']),
    dataAsOf: String(row['dataAsOf']),
    asksNeighbours: row['asksNeighbours'] === true,
  };
}

function ledgerFileFrom(row: StoredRow): IndexedLedgerFile {
  return {
    name: String(row['name']),
    etag: String(row['etag_']),
    dates: listFrom(row['dates']) ?? [],
    rows: Number(row['rows']),
    badRows: Number(row['badRows']),
    firstErrors: listFrom(row['firstErrors']) ?? [],
    modifiedAt: typeof row['modifiedAt'] === 'string' ? row['modifiedAt'] : undefined,
  };
}
