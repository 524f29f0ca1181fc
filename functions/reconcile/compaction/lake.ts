import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DayInputs } from '../../../shared/azure/days/days.ts';
import { LakeDatabase } from '../../../shared/azure/duckdb/lake-database.ts';
import type { CompactedDays } from '../../../shared/azure/lake/compacted-days.ts';
import type { LedgerTableStore } from '../../../shared/azure/lake/ledger-tables.ts';
import { COMPACTION_FORMAT } from '../../../shared/lake/manifest.ts';
import { digestOf } from '../matching/day-state.ts';

/** The lake, where compaction is wired. */
export interface Lake {
  readonly compacted: CompactedDays;
  readonly ledger: LedgerTableStore;
  /** Bounds of DuckDB in one invocation. */
  readonly memoryMib: number;
  readonly threads: number;
  /** Where work of an invocation has its folder; that of the system where it is not said. */
  readonly scratch?: string;
}

/** What a compaction covers: these blobs, read with this master data by this format. */
export const compactionDigest = ({ blobs }: Pick<DayInputs, 'blobs'>, masterData: string): string =>
  digestOf([`format ${COMPACTION_FORMAT}`, masterData, ...blobs.map(({ name }) => name).sort()]);

let inTurn: Promise<unknown> = Promise.resolve();

/**
 * A database and a folder for one invocation; both are gone afterwards. An instance handles many messages at once, so
 * one database at a time is open: its memory is that of the instance.
 */
export function inScratch<T>(lake: Lake, work: (db: LakeDatabase, folder: string) => Promise<T>): Promise<T> {
  const turn = inTurn.then(() => withDatabase(lake, work));
  inTurn = turn.catch(() => undefined);
  return turn;
}

async function withDatabase<T>(
  { memoryMib, threads, scratch = tmpdir() }: Lake,
  work: (db: LakeDatabase, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(scratch, 'tillstream-'));
  try {
    const db = await LakeDatabase.open({ folder: join(folder, 'duckdb'), memoryMib, threads });
    try {
      return await work(db, folder);
    } finally {
      await db.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
