import { createHash } from 'node:crypto';
import { messageOf, PermanentError, TransientError } from '../../../errors.ts';
import { businessDateSchema, type BusinessDate } from '../../../ids.ts';
import type { ODataClient } from '../../../odata/client.ts';
import { addDays, DAY_MS, MINUTE_MS, toInstant, type Clock } from '../../../time.ts';
import type { LedgerPart, LedgerSource } from '../../ledger-source.ts';
import { ledgerCollections } from './collections.ts';
import type { DynamicsFinanceConfig } from './config.ts';
import { PostingReader } from './posting-of.ts';
import { rowsOfDate, signatureOf, type DateQuestion } from './read-date.ts';
import type { LedgerSnapshots, SnapshotInfo, SnapshotRow } from './snapshot.ts';

export interface DynamicsFinanceParts {
  readonly client: ODataClient;
  readonly snapshots: LedgerSnapshots;
  readonly config: () => Promise<DynamicsFinanceConfig>;
  /** Takes card numbers out of an id before it is kept. */
  readonly scrubId: () => Promise<(id: string) => string>;
  readonly clock: Clock;
}

/** Its name among the ledger sources. */
export const DYNAMICS_FINANCE = 'dynamics-finance';
/** Postings are dated ahead as well. */
const LOOK_AHEAD_DAYS = 3;
/** A run has half an hour in all, and the files are read after this. */
const MAX_SYNC_MS = 12 * MINUTE_MS;
const TRIES_PER_DATE = 2;
/** More than a chain of thousands of stores posts in a day; beyond it the filter does not do what it is meant to. */
const MAX_ROWS = 5_000_000;

/**
 * The general ledger of Dynamics 365 by OData, a part per accounting date. Listing brings the parts up to date: what has
 * changed since is read in full and replaces the date's snapshot. A date that cannot be read keeps the rows that it had,
 * and says why.
 */
export function dynamicsFinanceSource(parts: DynamicsFinanceParts): LedgerSource {
  const { snapshots } = parts;
  return {
    async list() {
      const config = await parts.config();
      const failures = await synchronise(parts, config);
      const reading = digestOf([JSON.stringify(config)]);
      const known = await snapshots.list();
      const listed = known.map(({ date, digest, modifiedAt }): LedgerPart => {
        const failure = failures.get(date);
        failures.delete(date);
        const part = { name: date, etag: `${digest} ${reading}`, modifiedAt };
        return failure ? { ...part, failure } : part;
      });
      for (const [name, failure] of failures) listed.push({ name, etag: '', failure });
      return listed;
    },
    async *rows(name) {
      const date = businessDateSchema.safeParse(name).data;
      if (date === undefined) return;
      const reader = new PostingReader(`${DYNAMICS_FINANCE}:${date}`, await parts.config());
      for await (const lines of snapshots.lines(date))
        for (const line of lines) yield* reader.read(JSON.parse(line) as SnapshotRow);
    },
  };
}

type Failures = Map<string, PermanentError | TransientError>;
/** What is about no single date. */
const WHOLE = 'connection';

async function synchronise(parts: DynamicsFinanceParts, config: DynamicsFinanceConfig): Promise<Failures> {
  const failures: Failures = new Map();
  const { client, clock, snapshots } = parts;
  const startedMs = clock();
  try {
    const known = new Map((await snapshots.list()).map((info) => [info.date, info]));
    const question = { client, config, collections: ledgerCollections(await client.metadata(), config) };
    const scrub = await parts.scrubId();
    const dates = datesToLookAt(config, startedMs);
    for (const [index, date] of dates.entries()) {
      if (clock() - startedMs > MAX_SYNC_MS) {
        failures.set(WHOLE, backlog(dates.slice(index)));
        break;
      }
      try {
        await synchroniseDate(parts, question, date, known.get(date), scrub);
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

const backlog = (left: readonly BusinessDate[]): TransientError =>
  new TransientError(
    'odata-backlog',
    `${left.length} accounting dates of Dynamics 365 up to ${left[0]} are still to be looked at: the next run goes on`,
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
function datesToLookAt({ firstDate, lookBackDays }: DynamicsFinanceConfig, nowMs: number): BusinessDate[] {
  const today = toInstant(nowMs).slice(0, 10) as BusinessDate;
  const dates: BusinessDate[] = [];
  for (let day = LOOK_AHEAD_DAYS; day >= -lookBackDays; day -= 1) {
    const date = addDays(today, day);
    if (firstDate === undefined || date >= firstDate) dates.push(date);
  }
  return dates;
}

async function synchroniseDate(
  parts: DynamicsFinanceParts,
  question: DateQuestion & { readonly config: DynamicsFinanceConfig },
  date: BusinessDate,
  known: SnapshotInfo | undefined,
  scrub: (id: string) => string,
): Promise<void> {
  const nowMs = parts.clock();
  const signature = await signatureOf(question, date);
  if (!isDue(question.config, date, known, signature, nowMs)) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await readSnapshot(parts, question, date, known, signature, scrub);
      return;
    } catch (thrown) {
      const isMoving = thrown instanceof TransientError && thrown.code === 'odata-incomplete';
      if (!isMoving || attempt >= TRIES_PER_DATE) throw thrown;
    }
  }
}

/** A row that somebody edits changes neither the number of rows nor the newest one, so dates are read in full as well. */
function isDue(
  { recheckDays }: DynamicsFinanceConfig,
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
  { snapshots, clock }: DynamicsFinanceParts,
  question: DateQuestion,
  date: BusinessDate,
  known: SnapshotInfo | undefined,
  signature: string,
  scrub: (id: string) => string,
): Promise<void> {
  const writer = snapshots.begin(date);
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of rowsOfDate(question, date)) {
    const lines = page.map((row) => JSON.stringify(withoutCards(row, scrub)));
    for (const line of lines) hash.update(line).update('\n');
    rows += lines.length;
    if (rows > MAX_ROWS)
      throw new PermanentError(
        'odata-too-many',
        `Dynamics 365 has more than ${MAX_ROWS} postings of ${date}`,
      );
    await writer.add(lines);
  }
  const nowMs = clock();
  const read = { date, digest: hash.digest('hex').slice(0, 32), rows, signature, checkedAtMs: nowMs };
  if (known?.digest === read.digest) await snapshots.touch({ ...read, modifiedAt: known.modifiedAt });
  else await writer.commit({ ...read, modifiedAt: toInstant(nowMs) });
}

function withoutCards(row: SnapshotRow, scrub: (id: string) => string): SnapshotRow {
  const { journalNumber, voucher, documentNumber } = row;
  return {
    ...row,
    journalNumber: scrub(journalNumber),
    voucher: scrub(voucher),
    documentNumber: scrub(documentNumber),
  };
}

const digestOf = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
