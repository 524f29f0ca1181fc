import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import type { BusinessDate } from '../ids.ts';
import type { PosSource } from '../pos/event.ts';
import type { TillFinding } from '../tills/till-silence.ts';
import { boundedText } from '../row-text.ts';
import { tableRows, type StoredRow } from './table-rows.ts';

/**
 * The table `gaps`: what vendors hold of a business date beside what landed of it, and what became of the difference. Every
 * write is idempotent; a chain moves on only from where it was read (ETag), so two runs cannot count a page twice.
 *
 * | Partition | Row | Holds |
 * |---|---|---|
 * | business date | `chain <source> <digest>` | how far the list of one location or merchant is worked off, and its counts |
 * | business date | `object <source> <digest>` | an object that had not come by webhook: healed, still waiting, or failed with its reason |
 * | business date | `till <digest>` | numbers that a till used and that never came, or a till or store that was silent |
 * | business date | `tills` | which data the rows of tills rest on |
 */
export interface Gaps {
  chains(businessDate: BusinessDate): Promise<Chain[]>;
  /** @returns its new ETag; undefined when another run has moved it since it was read. */
  putChain(chain: Chain): Promise<string | undefined>;
  objects(businessDate: BusinessDate): Promise<GapObject[]>;
  object(businessDate: BusinessDate, key: string): Promise<GapObject | undefined>;
  putObject(object: GapObject): Promise<void>;
  findings(businessDate: BusinessDate): Promise<TillFinding[]>;
  /** Makes the rows of tills equal to these. @param inputs the data that they rest on. */
  putFindings(businessDate: BusinessDate, findings: readonly TillFinding[], inputs: string): Promise<void>;
  /** The data that the rows of tills rest on; undefined before the first look. */
  findingsInputs(businessDate: BusinessDate): Promise<string | undefined>;
}

/** Where a chain of pages is. `refused` is asked again as well, only more seldom. */
const CHAIN_STATES = ['open', 'done', 'refused', 'no-token'] as const;
type ChainState = (typeof CHAIN_STATES)[number];

/** The comparison with the list of one location, or of one merchant. */
export interface Chain {
  readonly businessDate: BusinessDate;
  readonly source: PosSource;
  readonly sender?: string;
  /** The vendor's own id of the place; undefined where a merchant is listed as a whole. */
  readonly location?: string;
  readonly state: ChainState;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cursor?: string;
  readonly pages: number;
  /** Objects that the vendor listed, each once for a page. */
  readonly listed: number;
  /** Of these, what had come by webhook. What became of the others is told by their own rows. */
  readonly received: number;
  /** How often in a row the vendor could not be asked. */
  readonly attempts: number;
  readonly notBeforeMs: number;
  /** Why it is not done, where it is not; else what the list tells of the merchant. */
  readonly reason?: string;
  readonly etag?: string | undefined;
}

export type GapState = 'healed' | 'received' | 'ignored' | 'waiting' | 'failed';

/** An object that no webhook had brought when it was looked for. */
export interface GapObject {
  readonly businessDate: BusinessDate;
  readonly key: string;
  readonly source: PosSource;
  readonly sender?: string;
  readonly location?: string;
  readonly object: string;
  /** The vendor's own id, freed of what looks like a card number. */
  readonly vendorId: string;
  readonly state: GapState;
  /** Why it has no event, or could not be fetched. */
  readonly reason?: string;
  /** Its store, once it is known. */
  readonly storeId?: string;
  readonly events: number;
  readonly attempts: number;
  /** What a further try asks for, as JSON of a `ListedObject` without what it read; only while it waits. */
  readonly ask?: string;
  readonly notBeforeMs: number;
  /** When it was last looked at. */
  readonly atMs: number;
}

const MAX_REASON = 1_000;
const TILLS = 'tills';

export function tableGaps(table: TableClient): Gaps {
  const rows = tableRows(table);
  return {
    chains: async (businessDate) => (await rows.inPartition(businessDate, 'chain ')).map(chainOf),
    putChain: ({ etag, businessDate, ...chain }) =>
      rows.swap(
        {
          partitionKey: businessDate,
          rowKey: `chain ${chain.source} ${digestOf([chain.sender ?? '', chain.location ?? ''])}`,
          ...chain,
          ...(chain.reason === undefined ? {} : { reason: boundedText(chain.reason, MAX_REASON) }),
        },
        etag,
      ),
    objects: async (businessDate) => (await rows.inPartition(businessDate, 'object ')).map(objectOf),
    async object(businessDate, key) {
      const row = await rows.get(businessDate, key);
      return row && objectOf(row);
    },
    putObject: ({ businessDate, key, reason, ...object }) =>
      rows.put({
        partitionKey: businessDate,
        rowKey: key,
        ...object,
        ...(reason === undefined ? {} : { reason: boundedText(reason, MAX_REASON) }),
      }),
    findings: async (businessDate) => (await rows.inPartition(businessDate, 'till ')).map(findingOf),
    async putFindings(businessDate, findings, inputs) {
      const wanted = findings.map((finding) => ({
        partitionKey: businessDate,
        rowKey: `till ${digestOf([finding.kind, finding.storeId, finding.tillId ?? '', finding.what])}`,
        ...finding,
      }));
      const keys = new Set(wanted.map(({ rowKey }) => rowKey));
      const before = await rows.inPartition(businessDate, 'till ');
      await rows.putAll(wanted);
      await rows.removeAll(
        businessDate,
        before.map(({ rowKey }) => rowKey).filter((rowKey) => !keys.has(rowKey)),
      );
      await rows.put({ partitionKey: businessDate, rowKey: TILLS, inputs });
    },
    async findingsInputs(businessDate) {
      const row = await rows.get(businessDate, TILLS);
      return typeof row?.['inputs'] === 'string' ? row['inputs'] : undefined;
    },
  };
}

/** One row for each state of an object: another version, or another thing that must have landed, is another row. */
export function gapKeyOf(
  source: PosSource,
  sender: string | undefined,
  listed: {
    readonly object: string;
    readonly id: string;
    readonly version: number;
    readonly transactions: unknown;
  },
): string {
  const { object, id, version, transactions } = listed;
  return `object ${source} ${digestOf([sender ?? '', object, id, String(version), JSON.stringify(transactions)])}`;
}

const digestOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const text = (row: StoredRow, name: string): string | undefined => {
  const value = row[name];
  return typeof value === 'string' ? value : undefined;
};
const optional = <N extends string>(row: StoredRow, ...names: readonly N[]): Partial<Record<N, string>> =>
  Object.fromEntries(
    names.flatMap((name) => (text(row, name) === undefined ? [] : [[name, text(row, name)]])),
  ) as Partial<Record<N, string>>;
const count = (row: StoredRow, name: string): number => Number(row[name] ?? 0);

function chainOf(row: StoredRow): Chain {
  return {
    businessDate: row.partitionKey as BusinessDate,
    source: text(row, 'source') ?? '',
    ...optional(row, 'sender', 'location', 'cursor', 'reason'),
    // A state of a later version is asked again: that is safe whatever it means.
    state: CHAIN_STATES.find((state) => state === row['state']) ?? 'open',
    fromMs: count(row, 'fromMs'),
    toMs: count(row, 'toMs'),
    pages: count(row, 'pages'),
    listed: count(row, 'listed'),
    received: count(row, 'received'),
    attempts: count(row, 'attempts'),
    notBeforeMs: count(row, 'notBeforeMs'),
    etag: row.etag,
  };
}

function objectOf(row: StoredRow): GapObject {
  return {
    businessDate: row.partitionKey as BusinessDate,
    key: row.rowKey,
    source: text(row, 'source') ?? '',
    object: text(row, 'object') ?? '',
    vendorId: text(row, 'vendorId') ?? '',
    state: (text(row, 'state') ?? 'waiting') as GapState,
    ...optional(row, 'sender', 'location', 'reason', 'storeId', 'ask'),
    events: count(row, 'events'),
    attempts: count(row, 'attempts'),
    notBeforeMs: count(row, 'notBeforeMs'),
    atMs: count(row, 'atMs'),
  };
}

function findingOf(row: StoredRow): TillFinding {
  return {
    kind: (text(row, 'kind') ?? 'silence') as TillFinding['kind'],
    storeId: text(row, 'storeId') ?? '',
    ...optional(row, 'tillId'),
    what: text(row, 'what') ?? '',
  };
}
