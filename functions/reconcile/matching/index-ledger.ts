import type { DayLedgerFile, Days, IndexedLedgerFile, LedgerCount } from '../../../shared/azure/days/days.ts';
import { boundedText } from '../../../shared/row-text.ts';
import type { Logger } from '../../../shared/log.ts';
import { PermanentError } from '../../../shared/errors.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { LedgerPart, LedgerSource } from '../../../shared/ledger/ledger-source.ts';
import type { LedgerEntry } from '../../../shared/ledger/posting.ts';
import {
  dateOfPart,
  isHeadquartersPart,
  type HeadquartersSource,
} from '../../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import type { SettlementSource } from '../../../shared/ledger/settlement/settlement-source.ts';
import { isSettlementFile } from '../../../shared/ledger/sources/files/file-copies.ts';
import type { Currency } from '../../../shared/money.ts';
import { datesOfSettlement } from './index-settlement.ts';

export interface IndexParts {
  readonly days: Days;
  readonly ledgerFiles: LedgerSource;
  /** Settlement reports of acquirers; undefined where there are none. */
  readonly settlementFiles?: SettlementSource;
  /** Commerce headquarters; undefined where it is not read. */
  readonly headquarters?: HeadquartersSource | undefined;
}

/**
 * Notes for each new, changed or deleted ledger file which dates it touches, before and now. A file that cannot be
 * read costs itself alone: it is tried again by the next run, and the others are indexed.
 * @returns how many could not be read.
 */
export async function indexLedgerFiles(parts: IndexParts, log: Logger): Promise<number> {
  const { days, ledgerFiles, settlementFiles, headquarters } = parts;
  const known = new Map((await days.indexedLedgerFiles()).map((file) => [file.name, file]));
  const listed = [
    ...(await ledgerFiles.list()),
    ...((await settlementFiles?.list()) ?? []),
    ...((await headquarters?.list()) ?? []),
  ];
  const names = new Set(listed.map(({ name }) => name));
  for (const { name, dates } of known.values()) {
    if (names.has(name)) continue;
    await forgetDates(days, name, dates);
    await days.removeIndexedLedgerFile(name);
    log.info('ledger file is gone', { name });
  }
  let unread = 0;
  for (const file of listed) {
    const before = known.get(file.name);
    if (file.failure) {
      log.error('A part of the ledger could not be looked at', { name: file.name }, file.failure);
      await noteFailure(days, file, before, file.failure);
      unread += 1;
      continue;
    }
    if (before?.etag === file.etag) continue;
    try {
      await indexFile(parts, file, before, log);
    } catch (thrown) {
      log.error('A ledger file could not be indexed', { name: file.name }, thrown);
      if (thrown instanceof PermanentError) await noteUnreadable(days, file, before, thrown);
      else unread += 1;
    }
  }
  return unread;
}

async function indexFile(
  parts: IndexParts,
  listed: LedgerPart,
  before: IndexedLedgerFile | undefined,
  log: Logger,
): Promise<void> {
  const { days } = parts;
  const { dates, file } = await readPart(parts, listed, before);
  for (const [date, noted] of dates) await days.addLedgerFile(date, dayFile(listed, noted, file));
  const gone = (before?.dates ?? []).filter((date) => !dates.has(date));
  await forgetDates(days, listed.name, gone);
  await days.markDirty([...dates.keys()]);
  // Last: a kill before this has the file indexed again.
  await days.putIndexedLedgerFile(file);
  log[file.badRows > 0 ? 'warn' : 'info']('ledger file', {
    name: file.name,
    rows: file.rows,
    badRows: file.badRows,
    firstError: file.firstErrors[0],
  });
}

function readPart(
  { ledgerFiles, settlementFiles, headquarters }: IndexParts,
  listed: LedgerPart,
  before: IndexedLedgerFile | undefined,
): ReturnType<typeof readFile> {
  if (headquarters && isHeadquartersPart(listed.name)) return readHeadquartersPart(headquarters, listed);
  return settlementFiles && isSettlementFile(listed.name)
    ? readSettlementFile(settlementFiles, listed, before)
    : readFile(ledgerFiles, listed, before);
}

/** What was read of it before stays in force. Without an ETag of its own it is indexed again once it can be looked at. */
async function noteFailure(
  days: Days,
  { name, modifiedAt }: LedgerPart,
  before: IndexedLedgerFile | undefined,
  { message }: Error,
): Promise<void> {
  await days.putIndexedLedgerFile({
    name,
    etag: '',
    modifiedAt: modifiedAt ?? before?.modifiedAt,
    dates: before?.dates ?? [],
    rows: before?.rows ?? 0,
    badRows: Math.max(1, before?.badRows ?? 0),
    firstErrors: [boundedText(message, KEPT_ERROR_CHARACTERS)],
  });
}

/** Finance sees the file in the list of those with errors, and it is read again once it has changed. */
async function noteUnreadable(
  days: Days,
  { name, etag, modifiedAt }: LedgerPart,
  before: IndexedLedgerFile | undefined,
  { message }: PermanentError,
): Promise<void> {
  const dates = before?.dates ?? [];
  await days.markDirty(dates);
  await days.putIndexedLedgerFile({
    name,
    etag,
    modifiedAt,
    dates,
    rows: 0,
    badRows: 1,
    firstErrors: [message],
  });
}

/** The dates lose a file, and so are due again. */
async function forgetDates(days: Days, name: string, dates: readonly string[]): Promise<void> {
  for (const date of dates) await days.removeLedgerFile(date, name);
  await days.markDirty(dates);
}

/** What the rows of one date say. */
interface NotedDate {
  /** Undefined where the rows may be of any store. */
  readonly dimensions: Set<string> | undefined;
  readonly counts: Map<
    string,
    { file: string; currency: Currency; rows: number; debit: bigint; credit: bigint }
  >;
  badRows: number;
}

function dayFile(
  listed: LedgerPart,
  noted: NotedDate,
  { undatedRows }: { undatedRows: number },
): DayLedgerFile {
  return {
    name: listed.name,
    etag: listed.etag,
    modifiedAt: listed.modifiedAt ?? '',
    dimensions: noted.dimensions && [...noted.dimensions].sort(),
    badRows: noted.badRows + undatedRows,
    control: [...noted.counts.values()].map(({ file, currency, rows, debit, credit }): LedgerCount => ({
      file,
      currency,
      rows,
      debitMinor: debit.toString(),
      creditMinor: credit.toString(),
    })),
  };
}

const newDate = (): NotedDate => ({ dimensions: new Set(), counts: new Map(), badRows: 0 });
/** A settlement report knows no stores, and what it holds is in no total of the ledger. */
const settlementDate = (): NotedDate => ({ dimensions: undefined, counts: new Map(), badRows: 0 });

const KEPT_ERRORS = 20;
const KEPT_ERROR_CHARACTERS = 300;
/** More than the business dates of fifty years: more is no ledger, and each date costs a row. */
const MAX_DATES = 20_000;

async function readFile(
  ledgerFiles: LedgerSource,
  { name, etag, modifiedAt }: LedgerPart,
  before: IndexedLedgerFile | undefined,
): Promise<{ dates: Map<string, NotedDate>; file: IndexedLedgerFile & { undatedRows: number } }> {
  const dates = new Map<string, NotedDate>();
  const firstErrors: string[] = [];
  const dateOf = (date: string): NotedDate => {
    const noted = dates.get(date) ?? newDate();
    if (dates.size >= MAX_DATES && !dates.has(date))
      throw new PermanentError('ledger-file', `${name} names more than ${MAX_DATES} dates: split it`);
    dates.set(date, noted);
    return noted;
  };
  let [rows, badRows, undatedRows] = [0, 0, 0];
  for await (const row of ledgerFiles.rows(name)) {
    if (row.ok) {
      rows += 1;
      count(dateOf(row.entry.accountingDate), row.entry);
      continue;
    }
    badRows += 1;
    const { accountingDate } = row.error;
    if (accountingDate === undefined) undatedRows += 1;
    else dateOf(accountingDate).badRows += 1;
    if (firstErrors.length < KEPT_ERRORS) firstErrors.push(errorText(row.error));
  }
  // Where no row shows a date any more, the dates that the file had must say so: their postings are gone.
  if (dates.size === 0 && undatedRows > 0) for (const date of before?.dates ?? []) dates.set(date, newDate());
  return {
    dates,
    file: {
      name,
      etag,
      modifiedAt,
      dates: [...dates.keys()].sort(),
      rows,
      badRows,
      firstErrors,
      undatedRows,
    },
  };
}

async function readSettlementFile(
  settlementFiles: SettlementSource,
  { name, etag, modifiedAt }: LedgerPart,
  before: IndexedLedgerFile | undefined,
): Promise<{ dates: Map<string, NotedDate>; file: IndexedLedgerFile & { undatedRows: number } }> {
  const firstErrors: string[] = [];
  let badRows = 0;
  const found = await datesOfSettlement(settlementFiles, name, (error) => {
    badRows += 1;
    if (firstErrors.length < KEPT_ERRORS) firstErrors.push(errorText(error));
  });
  // Where no row shows a date any more, the dates that the file had must say so.
  const named = found.dates.size === 0 && badRows > 0 ? (before?.dates ?? []) : [...found.dates].sort();
  return {
    dates: new Map(named.map((date) => [date, settlementDate()])),
    file: {
      name,
      etag,
      modifiedAt,
      dates: named,
      rows: found.rows,
      badRows,
      firstErrors,
      undatedRows: badRows,
    },
  };
}

/** Receipts are in no total of the ledger; their stores say which shards they concern. */
async function readHeadquartersPart(
  headquarters: HeadquartersSource,
  { name, etag, modifiedAt }: LedgerPart,
): ReturnType<typeof readFile> {
  const noted = newDate();
  let rows = 0;
  for await (const row of headquarters.rows(name)) {
    rows += 1;
    if ('receipt' in row) noted.dimensions?.add(row.receipt.store);
  }
  const date = dateOfPart(name);
  const counted = {
    name,
    etag,
    modifiedAt,
    dates: [date],
    rows,
    badRows: 0,
    firstErrors: [],
    undatedRows: 0,
  };
  return { dates: new Map([[date, noted]]), file: counted };
}

function count(
  { dimensions, counts }: NotedDate,
  { readAt, storeDimension, currency, amountMinor }: LedgerEntry,
): void {
  dimensions?.add(storeDimension);
  const file = readAt.part;
  const key = JSON.stringify([file, currency]);
  const sum = counts.get(key) ?? { file, currency, rows: 0, debit: 0n, credit: 0n };
  counts.set(key, sum);
  sum.rows += 1;
  if (amountMinor > 0) sum.debit += BigInt(amountMinor);
  else sum.credit += BigInt(amountMinor);
}

function errorText({ line, column, reason }: LedgerRowError): string {
  const text = `line ${line}, ${column === '' ? '' : `${column}: `}${reason}`;
  return boundedText(text, KEPT_ERROR_CHARACTERS);
}
