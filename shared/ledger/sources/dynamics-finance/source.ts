import { businessDateSchema } from '../../../ids.ts';
import type { ODataClient } from '../../../odata/client.ts';
import { MINUTE_MS, type Clock } from '../../../time.ts';
import type { LedgerSource } from '../../ledger-source.ts';
import { listedParts, readingDigest, synchronise, type DatedService } from '../dated-snapshots.ts';
import { ledgerCollections } from './collections.ts';
import type { DynamicsFinanceConfig } from './config.ts';
import { PostingReader } from './posting-of.ts';
import { rowsOfDate, signatureOf, type DateQuestion } from './read-date.ts';
import type { LedgerSnapshots, SnapshotRow } from './snapshot.ts';

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

/**
 * The general ledger of Dynamics 365 by OData, a part per accounting date. Listing brings the parts up to date: what has
 * changed since is read in full and replaces the date's snapshot. A date that cannot be read keeps the rows that it had,
 * and says why.
 */
export function dynamicsFinanceSource(parts: DynamicsFinanceParts): LedgerSource {
  const { snapshots } = parts;
  const dated = {
    ...parts,
    what: 'accounting dates',
    lookAheadDays: LOOK_AHEAD_DAYS,
    maxSyncMs: MAX_SYNC_MS,
  };
  return {
    async list() {
      const config = await parts.config();
      const failures = await synchronise(dated, config, () => openLedger(parts, config));
      return listedParts(snapshots, failures, readingDigest(config));
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

async function openLedger(
  { client, scrubId }: DynamicsFinanceParts,
  config: DynamicsFinanceConfig,
): Promise<DatedService> {
  const question: DateQuestion = {
    client,
    config,
    collections: ledgerCollections(await client.metadata(), config),
  };
  const scrub = await scrubId();
  return {
    signatureOf: (date) => signatureOf(question, date),
    async *linesOf(date) {
      for await (const page of rowsOfDate(question, date))
        yield page.map((row) => JSON.stringify(withoutCards(row, scrub)));
    },
  };
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
