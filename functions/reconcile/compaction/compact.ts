import { PermanentError } from '../../../shared/errors.ts';
import { COMPACTION_FORMAT, type Manifest } from '../../../shared/lake/manifest.ts';
import { isHeadquartersPart } from '../../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import { isSettlementFile } from '../../../shared/ledger/sources/files/file-copies.ts';
import type { Logger } from '../../../shared/log.ts';
import { dayState, digestOf } from '../matching/day-state.ts';
import type { ReconcileMessage, ReconcileParts } from '../matching/reconcile.ts';
import { compactDate } from './compact-date.ts';
import { compactMessageOf, type CompactMessage } from './compact-message.ts';
import { compactionDigest, inScratch, type Lake } from './lake.ts';

export type CompactParts = ReconcileParts & { readonly lake: Lake };

/**
 * Compacts a business date, and has its shards reconciled. Everything derives from stored data and the manifest is
 * written last, so a run may be killed anywhere, run again, or run twice at once. A date that cannot be compacted is
 * reconciled from its raw lines; the log says why.
 * @throws TransientError where it is worth another try; PermanentError `bad-message`.
 */
export function createCompact(parts: CompactParts) {
  return async (message: unknown, log: Logger): Promise<void> => {
    const planned = compactMessageOf(message);
    try {
      await compact(parts, planned, log);
    } catch (thrown) {
      const isUnavailable = (thrown as { code?: unknown }).code === 'duckdb-unavailable';
      if (!(thrown instanceof PermanentError) && !isUnavailable) throw thrown;
      log.error('A date is not compacted, and is read raw', { businessDate: planned.businessDate }, thrown);
    }
    await enqueueShards(parts, planned);
  };
}

/** What becomes of a compaction that the queue has given up: the date is reconciled from its raw lines. */
export function createGiveUpCompaction(parts: ReconcileParts) {
  return async (message: unknown, log: Logger): Promise<void> => {
    const planned = compactMessageOf(message);
    log.error('Compaction was given up; the date is read raw', { businessDate: planned.businessDate });
    await enqueueShards(parts, planned);
  };
}

async function enqueueShards(
  { enqueue }: ReconcileParts,
  { businessDate, shards, inputs }: CompactMessage,
): Promise<void> {
  for (let shard = 0; shard < shards; shard += 1)
    await enqueue({ businessDate, shard, shards, inputs } satisfies ReconcileMessage);
}

async function compact(
  parts: CompactParts,
  { businessDate, shards }: CompactMessage,
  log: Logger,
): Promise<void> {
  const { compacted } = parts.lake;
  const [stores, profile, setup] = await Promise.all([parts.stores(), parts.profile(), parts.setup()]);
  const masterData = digestOf([stores.version, JSON.stringify(profile), JSON.stringify(setup)]);
  const state = await dayState(parts.days, stores, businessDate, parts.clock());
  const { blobs } = state.inputs;
  const digest = compactionDigest(state.inputs, masterData);
  const before = await compacted.manifest(businessDate);
  await inScratch(parts.lake, async (db, scratch) => {
    if (before.manifest?.digest !== digest) {
      const folder = `days/${businessDate}/${digest}`;
      const options = {
        businessDate,
        profile,
        dayEndMsOf: (storeId: string) => stores.dayEndMs(storeId, businessDate),
      };
      const written = await compactDate(
        { blobs: parts.blobs, compacted },
        db,
        { blobs, options, setup, shards },
        folder,
        scratch,
      );
      await compacted.putCovered(
        folder,
        blobs.map(({ name }) => name),
      );
      const manifest: Manifest = {
        format: COMPACTION_FORMAT,
        businessDate,
        digest,
        blobs: blobs.length,
        events: blobs.reduce((sum, blob) => sum + blob.events, 0),
        folder,
        parts: written,
      };
      const isOurs = await compacted.putManifest(manifest, before.etag);
      if (isOurs)
        await compacted.removeOthers(businessDate, [
          folder,
          ...(before.manifest ? [before.manifest.folder] : []),
        ]);
      log.info('date compacted', {
        businessDate,
        blobs: blobs.length,
        events: manifest.events,
        parts: written.length,
        isOurs,
      });
    }
    for (const file of state.inputs.ledgerFiles) {
      if (isSettlementFile(file.name) || isHeadquartersPart(file.name)) continue;
      try {
        await parts.lake.ledger.tables(file, () => parts.ledgerFiles.rows(file.name), db, scratch);
      } catch (thrown) {
        // Its report says so; here it costs itself alone.
        if (!(thrown instanceof PermanentError)) throw thrown;
        log.warn('A ledger file cannot be read', { businessDate, name: file.name });
      }
    }
  });
}
