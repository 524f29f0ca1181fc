import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { PermanentError } from '../../errors.ts';
import type { BusinessDate, StoreId } from '../../ids.ts';
import { boundedText, textOf, textProperties } from '../../row-text.ts';
import { listOf, textIn, wholeIn, withFormat } from './day-row-values.ts';
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
  Unfetched,
} from './days.ts';

export const LANDING_PARTITION = '~landing';
const DIRTY = '~dirty';
const LEDGER = '~ledger';
const RECONCILED = '~reconciled';
/** A string property holds 32 Ki characters. */
const MAX_LIST_CHARACTERS = 30_000;

export function tableDays(table: TableClient): Days {
  const rows = withFormat(tableRows(table));
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
  | 'addUnfetched'
  | 'removeUnfetched'
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
    addUnfetched: (businessDate, { key, stores, subject, reason }) =>
      rows.put({
        partitionKey: businessDate,
        rowKey: unfetchedRowKey(key),
        key,
        stores: listed(stores),
        subject: boundedText(subject, MAX_REASON_CHARACTERS),
        reason: boundedText(reason, MAX_REASON_CHARACTERS),
      }),
    removeUnfetched: (businessDate, key) => rows.remove(businessDate, unfetchedRowKey(key)),
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
      return row && outcomeOrUnknown(row);
    },
    putOutcome: (outcome) => rows.put({ ...outcome, partitionKey: RECONCILED, rowKey: outcome.businessDate }),
    outcomes: async () => (await rows.inPartition(RECONCILED)).map(outcomeOrUnknown),
  };
}

const numbered = (sequenceNumber: number): string => String(sequenceNumber).padStart(20, '0');
const digestOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);
const LEDGER_PREFIX = 'ledger ';
const MAX_REASON_CHARACTERS = 1_000;
const unfetchedRowKey = (key: string): string => `unfetched ${digestOf(key)}`;
const ledgerRowKey = (name: string): string => `${LEDGER_PREFIX}${digestOf(name)}`;

/** A row holds 1 MiB, two bytes a character; beyond this nothing is kept, and the report says that nobody counted. */
const MAX_COUNTS_CHARACTERS = 400_000;

function countsText(counts: readonly object[] | undefined): Record<string, string> {
  const text = counts === undefined ? '' : JSON.stringify(counts);
  return text.length > MAX_COUNTS_CHARACTERS ? {} : textProperties(text);
}

const countsFrom = (row: StoredRow): unknown[] | undefined => listOf(row, 't0', textOf(row));

/** A list as text; empty where it is too long to keep, which readers take for "any". */
function listed(list: readonly string[] | undefined): string {
  const text = list === undefined ? '' : JSON.stringify(list);
  return text.length > MAX_LIST_CHARACTERS ? '' : text;
}

const listFrom = (row: StoredRow, name: string): string[] | undefined =>
  listOf(row, name, textIn(row, name, '')) as string[] | undefined;

/** Before the dates were cut over several properties they were one list. */
function datesFrom(row: StoredRow): string[] {
  const text = textOf(row);
  return text === '' ? (listFrom(row, 'dates') ?? []) : text.split(',');
}

function landingMarkOf(row: StoredRow): LandingMark {
  return {
    partition: row.rowKey,
    generation: typeof row['generation'] === 'string' ? row['generation'] : undefined,
    writtenAtMs: typeof row['timestamp'] === 'string' ? Date.parse(row['timestamp']) : undefined,
    nextSequenceNumber: wholeIn(row, 'nextSequenceNumber'),
    lastEnqueued: wholeIn(row, 'lastEnqueued'),
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
    partition: textIn(row, 'partition'),
    generation: textIn(row, 'generation', ''),
    firstSequenceNumber: wholeIn(row, 'firstSequenceNumber'),
    name: textIn(row, 'name'),
    events: wholeIn(row, 'events'),
    stores: listFrom(row, 'stores'),
    control: countsFrom(row) as LandedCount[] | undefined,
  };
}

function inputsFrom(rows: readonly StoredRow[]): DayInputs {
  const blobs: DayBlob[] = [];
  const quarantined: DayBlob[] = [];
  const ledgerFiles: DayLedgerFile[] = [];
  const gaps: LandingGap[] = [];
  const unfetched: Unfetched[] = [];
  const hash = createHash('sha256');
  const ledgerHash = createHash('sha256');
  for (const row of rows) {
    if (row.rowKey.startsWith('blob ')) {
      blobs.push(blobFrom(row));
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith('quarantined ')) {
      quarantined.push(blobFrom(row));
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith(LEDGER_PREFIX)) {
      const etag = textIn(row, 'etag_');
      ledgerFiles.push({
        name: textIn(row, 'name'),
        etag,
        dimensions: listFrom(row, 'dimensions'),
        modifiedAt: textIn(row, 'modifiedAt', ''),
        badRows: wholeIn(row, 'badRows', 0),
        control: countsFrom(row) as LedgerCount[] | undefined,
      });
      hash.update(`${row.rowKey} ${etag}\n`);
      ledgerHash.update(`${row.rowKey} ${etag}\n`);
    } else if (row.rowKey.startsWith('gap ')) {
      gaps.push({
        partition: textIn(row, 'partition'),
        generation: textIn(row, 'generation', ''),
        firstSequenceNumber: wholeIn(row, 'firstSequenceNumber'),
        lastSequenceNumber: wholeIn(row, 'lastSequenceNumber'),
      });
      hash.update(`${row.rowKey}\n`);
    } else if (row.rowKey.startsWith('unfetched ')) {
      const [key, subject, reason] = [textIn(row, 'key'), textIn(row, 'subject'), textIn(row, 'reason')];
      unfetched.push({ key, stores: (listFrom(row, 'stores') ?? []) as StoreId[], subject, reason });
      hash.update(`${row.rowKey} ${reason}\n`);
    }
  }
  return {
    blobs,
    quarantined,
    ledgerFiles,
    gaps,
    unfetched,
    fingerprint: hash.digest('hex').slice(0, 32),
    ledgerFingerprint: ledgerHash.digest('hex').slice(0, 32),
  };
}

function outcomeFrom(row: StoredRow): DayOutcome {
  return {
    businessDate: row.rowKey as BusinessDate,
    inputs: textIn(row, 'inputs'),
    proofHolds: row['proofHolds'] === true,
    exceptions: wholeIn(row, 'exceptions'),
    stores: wholeIn(row, 'stores'),
    documents: wholeIn(row, 'documents'),
    balances: textIn(row, 'balances'),
    dataAsOf: textIn(row, 'dataAsOf'),
    asksNeighbours: row['asksNeighbours'] === true,
    around: textIn(row, 'around', ''),
    uncovered: wholeIn(row, 'uncovered', 0),
    giftCards: textIn(row, 'giftCards', ''),
  };
}

/**
 * A damaged outcome is one of which nothing is known: its day is not proved, and is reconciled again. It costs its own
 * day alone.
 */
function outcomeOrUnknown(row: StoredRow): DayOutcome {
  try {
    return outcomeFrom(row);
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    return {
      businessDate: row.rowKey as BusinessDate,
      inputs: '',
      proofHolds: false,
      exceptions: 0,
      stores: 0,
      documents: 0,
      balances: '[]',
      dataAsOf: '',
      asksNeighbours: true,
      around: '',
      uncovered: 1,
      giftCards: '',
    };
  }
}

/** Where its figures are damaged it counts as changed, so it is indexed again. */
function ledgerFileFrom(row: StoredRow): IndexedLedgerFile {
  const name = textIn(row, 'name');
  const modifiedAt = row['modifiedAt'];
  const file = {
    name,
    modifiedAt: typeof modifiedAt === 'string' ? modifiedAt : undefined,
    dates: datesFrom(row),
  };
  try {
    const firstErrors = listFrom(row, 'firstErrors') ?? [];
    return {
      ...file,
      etag: textIn(row, 'etag_'),
      rows: wholeIn(row, 'rows'),
      badRows: wholeIn(row, 'badRows'),
      firstErrors,
    };
  } catch (thrown) {
    if (!(thrown instanceof PermanentError)) throw thrown;
    return { ...file, etag: '', rows: 0, badRows: 0, firstErrors: [thrown.message] };
  }
}
