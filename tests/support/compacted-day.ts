import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DayParquetWriter, type DayPart, type DayTable } from '../../shared/azure/duckdb/day-parquet.ts';
import { LakeDatabase } from '../../shared/azure/duckdb/lake-database.ts';
import { writeLedgerParquet } from '../../shared/azure/duckdb/ledger-parquet.ts';
import { SetWork, type LedgerTables } from '../../shared/azure/duckdb/set-work.ts';
import {
  reconcileCompacted,
  type JudgedStore,
} from '../../functions/reconcile/compaction/reconcile-compacted.ts';
import { NO_SETUP, dynamicsSetup, type DynamicsSetup } from '../../shared/forecast/setup.ts';
import type { StoreId } from '../../shared/ids.ts';
import { StoreCompactor } from '../../shared/lake/compact-stores.ts';
import { compactedStoreLine, compactedStoreOf } from '../../shared/lake/compacted-store.ts';
import { accountRoles } from '../../shared/ledger/account-roles.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import type { DayBookOptions } from '../../shared/reconciliation/day-book.ts';
import type { Elsewhere } from '../../shared/reconciliation/other-dates.ts';
import { DATE, PROFILE } from './ledger-fixtures.ts';

const DAY_END_MS = Date.parse('2026-03-03T04:00:00.000Z');

/** Reconciles days by compaction and set work, in a folder of the test. */
/** @param faults of the set work itself, which its control must notice. */
export async function compactedDays({ tieByNumberAlone = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'compacted-'));
  const db = await LakeDatabase.open({ folder: join(folder, 'db'), memoryMib: 256, threads: 1 });
  let days = 0;
  if (tieByNumberAlone) {
    const run = db.run.bind(db);
    db.run = (sql) => run(sql.replace('and d.amounts = n.amounts', ''));
  }

  async function compact(
    events: readonly PosEvent[],
    options: DayBookOptions,
    setup: DynamicsSetup,
    at: string,
  ): Promise<DayPart[]> {
    const writer = new DayParquetWriter(db, at);
    const parts: DayPart[] = [];
    const stores = [...new Set(events.map(({ storeId }) => storeId))];
    for (const own of stores) {
      await writer.begin();
      const compactor = new StoreCompactor(options, setup);
      for (const event of events) if (event.storeId === own) compactor.add(event);
      compactor.close(writer);
      const part = await writer.end();
      if (part) parts.push(part);
    }
    return parts;
  }

  async function ledgerTables(entries: readonly LedgerEntry[], at: string): Promise<LedgerTables[]> {
    const names = [...new Set(entries.map(({ readAt }) => readAt.part))].sort();
    const tables: LedgerTables[] = [];
    for (const [index, name] of names.entries()) {
      const own = join(at, `ledger-${index}`);
      mkdirSync(own);
      const rows = entries.filter(({ readAt }) => readAt.part === name);
      tables.push((await writeLedgerParquet(db, rowsOf(rows), own, 10)).tables);
    }
    return tables;
  }

  return {
    close: () => db.close(),
    /** The outcome of each store. */
    async reconcile(
      events: readonly PosEvent[],
      entries: readonly LedgerEntry[],
      stores: readonly string[],
      {
        known = () => true,
        elsewhere,
        setup = dynamicsSetup(NO_SETUP),
        documentCount = 1,
      }: {
        known?: (store: string) => boolean;
        elsewhere: Elsewhere;
        setup?: DynamicsSetup;
        documentCount?: number;
      },
    ): Promise<JudgedStore[]> {
      const at = join(folder, String((days += 1)));
      mkdirSync(at, { recursive: true });
      const options = {
        businessDate: DATE,
        profile: PROFILE,
        dayEndMsOf: (store: string) => (known(store) ? DAY_END_MS : undefined),
      };
      const parts = await compact(
        events.filter(({ storeId }) => stores.includes(storeId)),
        options,
        setup,
        at,
      );
      const filesOf = (table: DayTable) => parts.flatMap(({ files }) => files[table] ?? []);
      const work = await SetWork.open(db, {
        businessDate: DATE,
        documents: filesOf('documents'),
        receipts: filesOf('receipts'),
        notInForce: filesOf('notInForce'),
        documentCount,
        ledger: await ledgerTables(entries, at),
        dimensions: stores.map((name) => [name, name] as const),
        stores,
      });
      const compacted = parts
        .flatMap((part) => part.stores)
        .map((store) => compactedStoreOf(compactedStoreLine(store)));
      const accounts = accountRoles(PROFILE);
      const judged: JudgedStore[] = [];
      for await (const one of reconcileCompacted(
        work,
        new Map(compacted.map((store) => [store.storeId, store] as [StoreId, typeof store])),
        DATE,
        elsewhere,
        (input) => ({ ...input, accounts }),
        known,
        (_store, thrown) => {
          throw thrown;
        },
      ))
        judged.push(one);
      return judged;
    },
  };
}

async function* rowsOf(entries: readonly LedgerEntry[]): AsyncGenerator<LedgerRow> {
  await Promise.resolve();
  for (const entry of entries) yield { ok: true, entry };
}
