import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import type { BusinessDate } from '../../ids.ts';
import { textOf, textProperties } from '../../row-text.ts';
import { tableRows, type StoredRow, type TableRows } from '../table-rows.ts';
import type {
  DayBlob,
  DayInputs,
  DayLedgerFile,
  DayOutcome,
  Days,
  IndexedLedgerFile,
  LandedCount,
  LandingGap,
  LandingMark,
  LedgerCount,
} from './days.ts';

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
  | 'ledgerInputsOf'
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
        modifiedAt: file.modifiedAt,
        badRows: file.badRows,
        ...countsText(file.control),
      }),
    removeLedgerFile: (businessDate, name) => rows.remove(businessDate, ledgerRowKey(name)),
    inputsOf: async (businessDate) => inputsFrom(await rows.inPartition(businessDate)),
    ledgerInputsOf: async (businessDate) => inputsFrom(await rows.inPartition(businessDate, LEDGER_PREFIX)),
    indexedLedgerFiles: async () => (await rows.inPartition(LEDGER)).map(ledgerFileFrom),
    putIndexedLedgerFile: ({ dates, firstErrors, etag, modifiedAt, ...file }) =>
      rows.put({
        ...file,
        ...(modifiedAt === undefined ? {} : { modifiedAt }),
        partitionKey: LEDGER,
        rowKey: digestOf(file.name),
        etag_: etag,
        // A file of years has more dates than one property takes, and each must be found again when the file is gone.
        // The version before this one reads the list alone.
        dates: listed(dates),
        ...textProperties(dates.join(',')),
        firstErrors: listed(firstErrors),
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
const LEDGER_PREFIX = 'ledger ';
const ledgerRowKey = (name: string): string => `${LEDGER_PREFIX}${digestOf(name)}`;

/** A row holds 1 MiB, two bytes a character; beyond this nothing is kept, and the report says that nobody counted. */
const MAX_COUNTS_CHARACTERS = 400_000;

function countsText(counts: readonly object[] | undefined): Record<string, string> {
  const text = counts === undefined ? '' : JSON.stringify(counts);
  return text.length > MAX_COUNTS_CHARACTERS ? {} : textProperties(text);
}

function countsFrom(row: StoredRow): unknown[] | undefined {
  const text = textOf(row);
  return text === '' ? undefined : (JSON.parse(text) as unknown[]);
}

/** A list as text; empty where it is too long to keep, which readers take for "any". */
function listed(list: readonly string[] | undefined): string {
  const text = list === undefined ? '' : JSON.stringify(list);
  return text.length > MAX_LIST_CHARACTERS ? '' : text;
}

function listFrom(text: unknown): string[] | undefined {
  return typeof text === 'string' && text !== '' ? (JSON.parse(text) as string[]) : undefined;
}

/** Before the dates were cut over several properties they were one list. */
function datesFrom(row: StoredRow): string[] {
  const text = textOf(row);
  return text === '' ? (listFrom(row['dates']) ?? []) : text.split(',');
}

const textIn = (row: StoredRow, name: string): string => {
  const text = row[name];
  return typeof text === 'string' ? text : '';
};

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

/** A blob of a version without generations keeps its row key, so it is not listed twice. */
function blobRow(kind: 'blob' | 'quarantined', date: string, blob: DayBlob) {
  const { partition, generation, firstSequenceNumber, name, events, stores, control } = blob;
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
    ...countsText(control),
  };
}

function blobFrom(row: StoredRow): DayBlob {
  return {
    partition: String(row['partition']),
    generation: textIn(row, 'generation'),
    firstSequenceNumber: Number(row['firstSequenceNumber']),
    name: String(row['name']),
    events: Number(row['events']),
    stores: listFrom(row['stores']),
    control: countsFrom(row) as LandedCount[] | undefined,
  };
}

function inputsFrom(rows: readonly StoredRow[]): DayInputs {
  const blobs: DayBlob[] = [];
  const quarantined: DayBlob[] = [];
  const ledgerFiles: DayLedgerFile[] = [];
  const gaps: LandingGap[] = [];
  const hash = createHash('sha256');
  const ledgerHash = createHash('sha256');
  for (const row of rows) {
    const name = String(row['name']);
    if (row.rowKey.startsWith('blob ')) {
      blobs.push(blobFrom(row));
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith('quarantined ')) {
      quarantined.push(blobFrom(row));
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith(LEDGER_PREFIX)) {
      const etag = String(row['etag_']);
      ledgerFiles.push({
        name,
        etag,
        dimensions: listFrom(row['dimensions']),
        modifiedAt: textIn(row, 'modifiedAt'),
        badRows: Number(row['badRows'] ?? 0),
        control: countsFrom(row) as LedgerCount[] | undefined,
      });
      hash.update(`${row.rowKey} ${etag}\n`);
      ledgerHash.update(`${row.rowKey} ${etag}\n`);
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
  return {
    blobs,
    quarantined,
    ledgerFiles,
    gaps,
    fingerprint: hash.digest('hex').slice(0, 32),
    ledgerFingerprint: ledgerHash.digest('hex').slice(0, 32),
  };
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
    around: textIn(row, 'around'),
    uncovered: Number(row['uncovered'] ?? 0),
    giftCards: textIn(row, 'giftCards'),
  };
}

function ledgerFileFrom(row: StoredRow): IndexedLedgerFile {
  return {
    name: String(row['name']),
    etag: String(row['etag_']),
    modifiedAt: typeof row['modifiedAt'] === 'string' ? row['modifiedAt'] : undefined,
    dates: datesFrom(row),
    rows: Number(row['rows']),
    badRows: Number(row['badRows']),
    firstErrors: listFrom(row['firstErrors']) ?? [],
  };
}
