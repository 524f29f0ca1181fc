import { createHash } from 'node:crypto';
import { messageOf, PermanentError, TransientError } from '../../errors.ts';
import type { BusinessDate } from '../../ids.ts';
import { addDays, DAY_MS, toInstant, type Clock } from '../../time.ts';
import type { LedgerPart } from '../ledger-source.ts';
import type { LedgerSnapshots, SnapshotInfo } from './dynamics-finance/snapshot.ts';

/** What is read of a service, date by date, and kept as snapshots: a date that cannot be read keeps the rows that it had. */
export interface DatedService {
  /** A cheap question, whose answer changes whenever rows are added or removed; empty where the service has none. */
  signatureOf(date: BusinessDate): Promise<string>;
  /** The rows of the date as lines of JSON, in an order that one content always has. */
  linesOf(date: BusinessDate): AsyncIterable<readonly string[]>;
}

export interface DatedParts {
  readonly snapshots: LedgerSnapshots;
  readonly clock: Clock;
  /** Names the rows in messages, such as `accounting dates`. */
  readonly what: string;
  /** The rows are dated ahead by up to so many days. */
  readonly lookAheadDays: number;
  /** A run has half an hour in all: what is left is for the next one. */
  readonly maxSyncMs: number;
}

export interface DatesToRead {
  readonly firstDate?: BusinessDate | undefined;
  readonly lookBackDays: number;
  readonly recheckDays: number;
}

/** By date, or of the whole service under `WHOLE`. */
export type Failures = Map<string, PermanentError | TransientError>;
const WHOLE = 'connection';
const TRIES_PER_DATE = 2;
/** More than a chain of thousands of stores has in a day; beyond it the filter does not do what it is meant to. */
const MAX_ROWS = 5_000_000;

/** Brings the snapshots up to date. What fails is in the result, and costs its own date alone where it is about that. */
export async function synchronise(
  parts: DatedParts,
  dates: DatesToRead,
  open: () => Promise<DatedService>,
): Promise<Failures> {
  const failures: Failures = new Map();
  const { clock, snapshots, maxSyncMs } = parts;
  const startedMs = clock();
  try {
    const known = new Map((await snapshots.list()).map((info) => [info.date, info]));
    const service = await open();
    const wanted = datesToLookAt(dates, parts.lookAheadDays, startedMs);
    for (const [index, date] of wanted.entries()) {
      if (clock() - startedMs > maxSyncMs) {
        failures.set(WHOLE, backlog(parts.what, wanted.slice(index)));
        break;
      }
      try {
        await synchroniseDate(parts, dates, service, date, known.get(date));
      } catch (thrown) {
        const failure = ourError(thrown);
        failures.set(date, failure);
        // Every other date would be refused in the same way, at the price of as many pauses.
        if (isAboutAll(failure)) break;
      }
    }
  } catch (thrown) {
    failures.set(WHOLE, ourError(thrown));
  }
  return failures;
}

/** @param reading changes when the same rows would be read in another way. */
export async function listedParts(
  snapshots: LedgerSnapshots,
  failures: Failures,
  reading: string,
): Promise<LedgerPart[]> {
  const left = new Map(failures);
  const listed = (await snapshots.list()).map(({ date, digest, modifiedAt }): LedgerPart => {
    const failure = left.get(date);
    left.delete(date);
    const part = { name: date, etag: `${digest} ${reading}`, modifiedAt };
    return failure ? { ...part, failure } : part;
  });
  for (const [name, failure] of left) listed.push({ name, etag: '', failure });
  return listed;
}

const backlog = (what: string, left: readonly BusinessDate[]): TransientError =>
  new TransientError(
    'odata-backlog',
    `${left.length} ${what} of Dynamics 365 up to ${left[0]} are still to be looked at: the next run goes on`,
  );

const ABOUT_ALL = new Set([
  'entra-refused',
  'entra-unavailable',
  'odata-unauthorized',
  'odata-throttled',
  'odata-not-found',
]);
const isAboutAll = ({ code }: PermanentError | TransientError): boolean => ABOUT_ALL.has(code);

function ourError(thrown: unknown): PermanentError | TransientError {
  if (thrown instanceof PermanentError || thrown instanceof TransientError) return thrown;
  return new TransientError('odata-unavailable', `Reading Dynamics 365: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}

/** Newest first: those are the ones that somebody waits for. */
function datesToLookAt(
  { firstDate, lookBackDays }: DatesToRead,
  lookAheadDays: number,
  nowMs: number,
): BusinessDate[] {
  const today = toInstant(nowMs).slice(0, 10) as BusinessDate;
  const dates: BusinessDate[] = [];
  for (let day = lookAheadDays; day >= -lookBackDays; day -= 1) {
    const date = addDays(today, day);
    if (firstDate === undefined || date >= firstDate) dates.push(date);
  }
  return dates;
}

async function synchroniseDate(
  parts: DatedParts,
  dates: DatesToRead,
  service: DatedService,
  date: BusinessDate,
  known: SnapshotInfo | undefined,
): Promise<void> {
  const nowMs = parts.clock();
  const signature = await service.signatureOf(date);
  if (!isDue(dates, date, known, signature, nowMs)) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await readSnapshot(parts, service, date, known, signature);
      return;
    } catch (thrown) {
      const isMoving = thrown instanceof TransientError && thrown.code === 'odata-incomplete';
      if (!isMoving || attempt >= TRIES_PER_DATE) throw thrown;
    }
  }
}

/** A row that somebody edits changes neither the number of rows nor the newest one, so dates are read in full as well. */
function isDue(
  { recheckDays }: DatesToRead,
  date: BusinessDate,
  known: SnapshotInfo | undefined,
  signature: string,
  nowMs: number,
): boolean {
  if (!known) return !signature.startsWith('0 ');
  if (signature === '' || known.signature !== signature) return true;
  const ageDays = (nowMs - Date.parse(`${date}T00:00:00Z`)) / DAY_MS;
  return ageDays <= recheckDays + 1 || nowMs - known.checkedAtMs >= DAY_MS;
}

async function readSnapshot(
  { snapshots, clock }: DatedParts,
  service: DatedService,
  date: BusinessDate,
  known: SnapshotInfo | undefined,
  signature: string,
): Promise<void> {
  const writer = snapshots.begin(date);
  const hash = createHash('sha256');
  let rows = 0;
  for await (const lines of service.linesOf(date)) {
    for (const line of lines) hash.update(line).update('\n');
    rows += lines.length;
    if (rows > MAX_ROWS)
      throw new PermanentError('odata-too-many', `Dynamics 365 has more than ${MAX_ROWS} rows of ${date}`);
    await writer.add(lines);
  }
  const nowMs = clock();
  const read = { date, digest: hash.digest('hex').slice(0, 32), rows, signature, checkedAtMs: nowMs };
  if (known?.digest === read.digest) await snapshots.touch({ ...read, modifiedAt: known.modifiedAt });
  else await writer.commit({ ...read, modifiedAt: toInstant(nowMs) });
}

/** Of the configuration: other names give other rows. */
export const readingDigest = (configuration: unknown): string =>
  createHash('sha256').update(JSON.stringify(configuration)).digest('hex').slice(0, 16);
