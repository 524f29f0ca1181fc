import { businessDateSchema } from '../../../ids.ts';
import type { ODataClient } from '../../../odata/client.ts';
import { MINUTE_MS, type Clock } from '../../../time.ts';
import { listedParts, readingDigest, synchronise, type DatedService } from '../dated-snapshots.ts';
import type { LedgerSnapshots } from '../dynamics-finance/snapshot.ts';
import { commerceCollections } from './collections.ts';
import type { DynamicsCommerceConfig } from './config.ts';
import {
  dateOfPart,
  headquartersPart,
  type HeadquartersReceipt,
  type HeadquartersRow,
  type HeadquartersSource,
} from './headquarters-row.ts';
import { countOfReceipts, receiptsOfDate, statementsOf, type DayQuestion } from './read-day.ts';

export interface DynamicsCommerceParts {
  readonly client: ODataClient;
  readonly snapshots: LedgerSnapshots;
  readonly config: () => Promise<DynamicsCommerceConfig>;
  /** Takes card numbers out of an id, and personal data out of a text, before they are kept. */
  readonly scrub: () => Promise<Scrubbing>;
  readonly clock: Clock;
}

interface Scrubbing {
  readonly id: (id: string) => string;
  readonly text: (text: string) => string;
}

/** The folder of its snapshots. */
export const DYNAMICS_COMMERCE = 'dynamics-commerce';
/** Stores east of us are a day ahead. */
const LOOK_AHEAD_DAYS = 1;
/** A run has half an hour in all, and the ledger has its part of that. */
const MAX_SYNC_MS = 6 * MINUTE_MS;
const LINES_AT_ONCE = 5_000;

/**
 * Commerce headquarters by OData, a part per business date: its receipts with what was paid, their validation and their
 * statement, and the state of the statements. A date that cannot be read keeps what it had, and says why.
 */
export function dynamicsCommerceSource(parts: DynamicsCommerceParts): HeadquartersSource {
  const { snapshots } = parts;
  const dated = {
    ...parts,
    what: 'business dates of headquarters',
    lookAheadDays: LOOK_AHEAD_DAYS,
    maxSyncMs: MAX_SYNC_MS,
  };
  return {
    async list() {
      const config = await parts.config();
      if (!config.read) return [];
      const failures = await synchronise(dated, config, () => openHeadquarters(parts, config));
      const listed = await listedParts(snapshots, failures, readingDigest(config));
      return listed.map((part) => ({ ...part, name: headquartersPart(part.name) }));
    },
    async *rows(name) {
      const date = businessDateSchema.safeParse(dateOfPart(name)).data;
      if (date === undefined) return;
      for await (const lines of snapshots.lines(date))
        for (const line of lines) yield JSON.parse(line) as HeadquartersRow;
    },
  };
}

async function openHeadquarters(
  { client, scrub }: DynamicsCommerceParts,
  config: DynamicsCommerceConfig,
): Promise<DatedService> {
  const question: DayQuestion = {
    client,
    config,
    collections: commerceCollections(await client.metadata(), config),
  };
  const scrubbing = await scrub();
  return {
    signatureOf: (date) => countOfReceipts(question, date),
    async *linesOf(date) {
      const receipts = await receiptsOfDate(question, date);
      const statements = await statementsOf(question, receipts, scrubbing.text);
      const rows: HeadquartersRow[] = [
        ...statements.map((statement) => ({ statement })),
        ...receipts.map((receipt) => ({ receipt: withoutCards(receipt, scrubbing) })),
      ];
      for (let from = 0; from < rows.length; from += LINES_AT_ONCE)
        yield rows.slice(from, from + LINES_AT_ONCE).map((row) => JSON.stringify(row));
    },
  };
}

function withoutCards(receipt: HeadquartersReceipt, { id }: Scrubbing): HeadquartersReceipt {
  const { transactionNumber, receiptId, terminal, shift } = receipt;
  return {
    ...receipt,
    transactionNumber: id(transactionNumber),
    receiptId: id(receiptId),
    terminal: id(terminal),
    shift: id(shift),
  };
}
