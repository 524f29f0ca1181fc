import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import type { Alert } from '../../alerts/alert.ts';
import { messageOf, PermanentError } from '../../errors.ts';
import type { StateChanges } from '../../one-effect/store-state.ts';
import { asOurError, isConflict } from '../sdk-errors.ts';
import {
  bucketCount,
  bucketOf,
  bucketRow,
  logRow,
  logRowKey,
  markRow,
  openBook,
  outboxOf,
  outboxRows,
  seenRow,
  seenRowKey,
  spread,
  type BookShape,
  type OpenBook,
  type TableRow,
} from './store-rows.ts';

/** An entity group transaction takes at most 100 rows of one partition, and 4 MiB. */
const MAX_ROWS = 100;
/** Lists every store with state, one row each, so a sweep needs no table scan. */
const REGISTRY_PARTITION = 'registry';
const REGISTRY_PREFIX = 'store-';

/** Another instance has changed the same store since we read it. The folded result is void. */
export class LostRace extends Error {
  constructor(storeId: string, cause: unknown) {
    super(`Another instance stored a change of store ${storeId} first`, { cause });
    this.name = 'LostRace';
  }
}

/**
 * The books of all stores in one table, read and stored whole.
 *
 * `commit` stores marks, seen ids, records and alerts in one entity group transaction under the mark row's ETag: either
 * all of an event's effect is stored, or none, and only on top of the state that it was folded on. That is what makes
 * each event count once. If the answer to a commit is lost, the repeat runs into its own new ETag, and reading again
 * shows that it was done.
 */
export interface StoreStates<Item, Effect, Header> {
  /** @throws TransientError; PermanentError `state-damaged` where the rows cannot be read. */
  load(storeId: string): Promise<OpenBook<Item, Effect, Header>>;
  /**
   * Stores all changes since the last commit, with the alerts they raised.
   * @throws LostRace; PermanentError `azure-refused` or `commit-too-large`; TransientError. After any of them the book
   * is no longer to be used.
   */
  commit(open: OpenBook<Item, Effect, Header>, alerts: readonly Alert[]): Promise<void>;
}

export function storeStates<Item, Effect, Header>(
  table: TableClient,
  shape: BookShape<Item, Effect, Header>,
): StoreStates<Item, Effect, Header> {
  return {
    async load(storeId) {
      const rows: (TableRow & { etag?: string })[] = [];
      try {
        const found = table.listEntities<TableRow>({
          queryOptions: { filter: odata`PartitionKey eq ${storeId}` },
        });
        for await (const row of found) rows.push(row);
      } catch (thrown) {
        throw asOurError(thrown, `Reading the state of store ${storeId}`);
      }
      try {
        return openBook(storeId, rows, shape);
      } catch (cause) {
        throw new PermanentError(
          'state-damaged',
          `The stored state of store ${storeId} cannot be read: ${messageOf(cause)}`,
          { cause },
        );
      }
    },

    async commit(open, alerts) {
      const changes = open.book.takeChanges();
      if (!changes.any) return;
      const actions = actionsOf(open, shape, changes, alerts);
      if (actions.length > MAX_ROWS) {
        throw new PermanentError('commit-too-large', `A commit of ${actions.length} rows is too large`);
      }
      try {
        if (open.etag === undefined) await register(table, open.storeId);
        const answer = await table.submitTransaction(actions);
        // The answers are in the order of the actions; only those to inserts name their row.
        open.etag = answer.subResponses[0]?.etag;
      } catch (thrown) {
        if (isConflict(thrown)) throw new LostRace(open.storeId, thrown);
        throw asOurError(thrown, `Storing the state of store ${open.storeId}`);
      }
      noteStored(open, actions);
    },
  };
}

function actionsOf<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  shape: BookShape<Item, Effect, Header>,
  changes: StateChanges,
  alerts: readonly Alert[],
): TransactionAction[] {
  const mark = markRow(open);
  const actions: TransactionAction[] = [
    open.etag === undefined ? ['create', mark] : ['update', mark, 'Replace', { etag: open.etag }],
  ];
  for (const bucket of touchedBuckets(open, changes)) {
    actions.push(['upsert', bucketRow(open, shape, bucket), 'Replace']);
  }
  for (const number of changes.seenSegments) upsert(actions, seenRow(open, number));
  for (const number of changes.logSegments) upsert(actions, logRow(open, shape, number));
  for (const row of outboxRows(open, alerts)) actions.push(['create', row]);
  for (const rowKey of deadSegmentRows(open)) {
    // What finds no room is deleted with the next commit; nobody reads it any more.
    if (actions.length < MAX_ROWS) actions.push(['delete', { partitionKey: open.storeId, rowKey }]);
  }
  return actions;
}

/** A segment that was filled and dropped since the last commit is not stored at all. */
function upsert(actions: TransactionAction[], row: TableRow | undefined): void {
  if (row) actions.push(['upsert', row, 'Replace']);
}

function touchedBuckets<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  changes: StateChanges,
): Iterable<number> {
  const count = bucketCount(open.book.mostRecords);
  if (count !== open.buckets.length) {
    open.buckets = spread(open.book.records.keys(), count);
    return open.buckets.keys();
  }
  const touched = new Set<number>();
  for (const key of changes.records) {
    const bucket = bucketOf(key, count);
    touched.add(bucket);
    if (open.book.records.has(key)) open.buckets[bucket]?.add(key);
    else open.buckets[bucket]?.delete(key);
  }
  return touched;
}

function deadSegmentRows<Item, Effect, Header>(open: OpenBook<Item, Effect, Header>): string[] {
  const { seen, effects } = open.book;
  const firstSeen = seenRowKey(seen.segments[0]?.number ?? seen.nextNumber);
  const firstLog = logRowKey(effects.segments[0]?.number ?? effects.nextNumber);
  // The numbers have leading zeros, so they sort as text.
  return [...open.segmentRows].filter(
    (rowKey) => rowKey < (rowKey.startsWith('seen-') ? firstSeen : firstLog),
  );
}

function noteStored<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  actions: readonly TransactionAction[],
): void {
  for (const [kind, row] of actions) {
    const { rowKey } = row;
    if (kind === 'delete') open.segmentRows.delete(rowKey);
    else if (rowKey.startsWith('seen-') || rowKey.startsWith('log-')) open.segmentRows.add(rowKey);
    else if (rowKey.startsWith('outbox-')) open.outbox.push(outboxOf(row));
  }
}

/** Written before the first commit, so no store with alerts in its outbox is missing here. */
async function register(table: TableClient, storeId: string): Promise<void> {
  await table.upsertEntity(
    { partitionKey: REGISTRY_PARTITION, rowKey: `${REGISTRY_PREFIX}${storeId}` },
    'Replace',
  );
}

/** Every store that has state, or is just about to. @throws TransientError */
export async function* storesWithState(table: TableClient): AsyncGenerator<string> {
  try {
    const filter = odata`PartitionKey eq ${REGISTRY_PARTITION} and RowKey ge ${REGISTRY_PREFIX}`;
    const rows = table.listEntities({ queryOptions: { filter } });
    for await (const { rowKey } of rows) yield (rowKey as string).slice(REGISTRY_PREFIX.length);
  } catch (thrown) {
    throw asOurError(thrown, 'Listing the stores with state');
  }
}
