import type { Alert } from '../../shared/alerts/alert.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import type { Days } from '../../shared/azure/days/days.ts';
import type { ReportFiles, Reports, StoredShard } from '../../shared/azure/days/reports.ts';
import { parseReport } from '../../shared/azure/days/reports.ts';
import type { Logger } from '../../shared/log.ts';
import type { BusinessDate } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import {
  headquartersPart,
  type HeadquartersRow,
} from '../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import { landedLine } from '../../shared/pos/landing-line.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import type { Store } from '../../shared/pos/store.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { noteChunk } from '../../functions/reconcile/landing/note.ts';
import type { CompactMessage } from '../../functions/reconcile/compaction/compact-message.ts';
import { createCompact, createGiveUpCompaction } from '../../functions/reconcile/compaction/compact.ts';
import type { Lake } from '../../functions/reconcile/compaction/lake.ts';
import { compactedDays } from '../../shared/azure/lake/compacted-days.ts';
import { ledgerTableStore } from '../../shared/azure/lake/ledger-tables.ts';
import { memoryContainer } from './memory-container.ts';
import { createPlan } from '../../functions/reconcile/matching/plan.ts';
import {
  createGiveUp,
  createReconcile,
  type ReconcileMessage,
} from '../../functions/reconcile/matching/reconcile.ts';
import { storeLookup } from '../../functions/reconcile/matching/store-lookup.ts';
import { tableWorkflow } from '../../shared/azure/workflow/table-workflow.ts';
import { DEFAULT_POLICY, type ClosePolicy } from '../../shared/workflow/policy.ts';
import type { PostingProfile } from '../../shared/ledger/posting-profile.ts';
import { settlementSource } from '../../shared/ledger/settlement/settlement-source.ts';
import { chunksOf } from './file-bytes.ts';
import { dynamicsSetup, NO_SETUP, type DynamicsSetup } from '../../shared/forecast/setup.ts';
import { PROFILE } from './ledger-fixtures.ts';
import { memoryTable } from './memory-table.ts';

const GENERATION = '20260301T000000000Z';
export const AFTER_THE_DAY = Date.parse('2026-03-10T00:00:00Z');

/** Thrown where a test kills the process. */
class Killed extends Error {}

const STORES = ['S1', 'S2', 'S3'].map(
  (storeId) =>
    ({
      storeId,
      name: `Store ${storeId}`,
      timeZone: 'Europe/Berlin',
      cutOver: '04:00',
      currency: 'EUR',
      hours: [],
      ledgerDimension: storeId,
    }) as unknown as Store,
);

/**
 * Planning and reconciling on ports in memory. Every call of a port is a point at which a test may kill the process,
 * before or after the call takes effect; the queue hands a message out until it was handled.
 */
export function reconcileWorld(
  options: {
    nowMs?: number;
    storesPerShard?: number;
    setup?: DynamicsSetup;
    stores?: readonly Store[];
    profile?: PostingProfile;
    /** Dates are compacted before they are reconciled. */
    lake?: boolean;
  } = {},
) {
  const table = memoryTable();
  const workflowTable = memoryTable();
  const blobs = new Map<string, string[] | Error>();
  const ledger = new Map<string, { rows: readonly LedgerRow[] | Error; etag: string }>();
  const settlements = new Map<string, string>();
  const headquarters = new Map<string, readonly HeadquartersRow[] | Error>();
  const shards = new Map<string, StoredShard>();
  const files = new Map<string, { files: ReportFiles; etag: string }>();
  const exceptions = new Map<string, readonly { exceptionId: string }[]>();
  const queue: ReconcileMessage[] = [];
  const compactions: CompactMessage[] = [];
  const errors: string[] = [];
  const told: Alert[] = [];
  let [calls, etags, landed] = [0, 0, 0];
  let nowMs = options.nowMs ?? AFTER_THE_DAY;
  let policy: ClosePolicy = DEFAULT_POLICY;
  let killAt: { call: number; when: 'before' | 'after' } | undefined;
  let onCall: ((port: string, method: string) => Promise<void> | void) | undefined;

  /** Makes every method of a port a kill point. */
  function port<T extends object>(name: string, methods: T): T {
    return new Proxy(methods, {
      get(target, method: string) {
        const call = (target as Record<string, (...args: unknown[]) => unknown>)[method];
        if (typeof call !== 'function') return call;
        return (...args: unknown[]) => {
          const isKilled = killAt?.call === calls;
          calls += 1;
          if (isKilled && killAt?.when === 'before') return Promise.reject(new Killed(`${name}.${method}`));
          const result = call.apply(target, args);
          if (!(result instanceof Promise)) return result;
          return result.then(async (value: unknown) => {
            await onCall?.(name, method);
            if (isKilled) throw new Killed(`${name}.${method}`);
            return value;
          });
        };
      },
    });
  }

  const days: Days = port('days', tableDays(table.client));
  const reports = port<Reports>('reports', {
    putShard: (place, stored) =>
      Promise.resolve(void shards.set(placeOf(place), JSON.parse(JSON.stringify(stored)) as StoredShard)),
    shard: (place) => Promise.resolve(shards.get(placeOf(place))),
    etagOf: (date) => Promise.resolve(files.get(date)?.etag),
    put(date, content, etag) {
      if (files.get(date)?.etag !== etag) return Promise.resolve(undefined);
      const written = String((etags += 1));
      files.set(date, { files: content, etag: written });
      return Promise.resolve(written);
    },
    file: (date, name) => {
      const content = files.get(date)?.files[name as keyof ReportFiles]?.content;
      return Promise.resolve(content === undefined ? undefined : Buffer.from(content));
    },
  });
  const workflow = port('workflow', tableWorkflow(workflowTable.client));
  const lakeBlobs = memoryContainer((call) => {
    if (!call.startsWith('before')) return;
    const isKilled = killAt?.call === calls;
    calls += 1;
    if (isKilled) throw new Killed(call);
  });
  let rawReads = 0;
  const stores = () => Promise.resolve(storeLookup(options.stores ?? STORES));
  const parts = {
    days,
    reports,
    workflow,
    policy: () => Promise.resolve(policy),
    stores,
    profile: () => Promise.resolve(options.profile ?? PROFILE),
    setup: () => Promise.resolve(options.setup ?? dynamicsSetup(NO_SETUP)),
    clock: () => nowMs,
    storesPerShard: options.storesPerShard ?? 1,
    blobs: {
      create: () => Promise.resolve(true),
      async *lines(name: string) {
        await Promise.resolve();
        rawReads += 1;
        const found = blobs.get(name);
        if (found instanceof Error) throw found;
        yield found ?? [];
      },
      async *names() {
        await Promise.resolve();
        yield* blobs.keys();
      },
    },
    ledgerFiles: {
      list: port('ledgerFiles', {
        list: () =>
          Promise.resolve(
            [...ledger].map(([name, { etag }]) => ({ name, etag, modifiedAt: '2026-03-09T00:00:00.000Z' })),
          ),
      }).list,
      async *rows(name: string) {
        await Promise.resolve();
        const rows = ledger.get(name)?.rows ?? [];
        if (rows instanceof Error) throw rows;
        yield* rows;
      },
    },
    headquarters: {
      list: () =>
        Promise.resolve(
          [...headquarters].map(([date, rows]) => ({
            name: headquartersPart(date),
            etag: JSON.stringify(rows),
            modifiedAt: '2026-03-09T00:00:00.000Z',
          })),
        ),
      async *rows(name: string) {
        await Promise.resolve();
        const rows = headquarters.get(name.split(':')[1] ?? '') ?? [];
        if (rows instanceof Error) throw rows;
        yield* rows;
      },
    },
    settlementFiles: settlementSource(
      {
        list: () =>
          Promise.resolve(
            [...settlements].map(([name, text]) => ({
              name,
              etag: text,
              bytes: text.length,
              md5: text,
              modifiedAt: undefined,
            })),
          ),
        open: (name) => {
          const text = settlements.get(name);
          return Promise.resolve(text === undefined ? undefined : chunksOf(Buffer.from(text)));
        },
      },
      () => Promise.resolve([]),
      () => Promise.resolve((_purpose, text) => text),
    ),
    exceptions: port('exceptions', {
      replace: (date: BusinessDate, list: readonly { exceptionId: string }[]) =>
        Promise.resolve(void exceptions.set(date, list)),
    }),
    tell: port('queue', { tell: (message: Alert) => Promise.resolve(void told.push(message)) }).tell,
    enqueue: port('queue', { put: (message: ReconcileMessage) => Promise.resolve(void queue.push(message)) })
      .put,
    ...(options.lake && {
      enqueueCompaction: port('compactions', {
        put: (message: CompactMessage) => Promise.resolve(void compactions.push(message)),
      }).put,
    }),
  };
  const lake: Lake = {
    compacted: compactedDays(lakeBlobs.client),
    ledger: ledgerTableStore(lakeBlobs.client),
    memoryMib: 128,
    threads: 1,
  };
  const infos: string[] = [];
  const log: Logger = {
    info: (message) => void infos.push(message),
    warn: () => {},
    error: (message) => void errors.push(message),
  };
  const plan = createPlan(parts);
  const reconcile = createReconcile(options.lake ? { ...parts, lake } : parts);
  const compact = createCompact({ ...parts, lake });
  const giveUp = createGiveUp(parts);

  return {
    table,
    days,
    blobs,
    ledger,
    /** Settlement reports by name. */
    settlements,
    /** What Commerce headquarters has, by business date. */
    headquarters,
    queue,
    compactions,
    /** Blobs of the container `lake`. */
    lakeBlobs: lakeBlobs.blobs,
    infos,
    compact: (message: unknown) => compact(message, log),
    giveUpCompaction: (message: unknown) => createGiveUpCompaction(parts)(message, log),
    get rawReads() {
      return rawReads;
    },
    shards,
    errors,
    told,
    exceptions,
    parts,
    plan: (byHand?: BusinessDate) => plan(log, byHand),
    reconcile: (message: unknown) => reconcile(message, log),
    giveUp: (message: unknown, again = false) => giveUp(message, 'failed 5 times', again, log),
    get calls() {
      return calls;
    },
    /** Of the workflow, past the kill points. */
    workflow: tableWorkflow(workflowTable.client),
    set policy(one: ClosePolicy) {
      policy = one;
    },
    set nowMs(at: number) {
      nowMs = at;
    },
    set onCall(hook: typeof onCall) {
      onCall = hook;
    },
    killAt(at: typeof killAt): void {
      calls = 0;
      killAt = at;
    },
    /** Lands events as one blob. @returns its name. */
    async land(events: readonly PosEvent[], enqueuedAt = '2026-03-02T12:00:00.000Z'): Promise<string> {
      const first = landed;
      const name = `0/${GENERATION}/${String(first).padStart(20, '0')}.ndjson.gz`;
      const positions = events.map(() => ({ sequenceNumber: landed++, enqueuedAt }));
      const lines = events.map((event, index) =>
        landedLine('0', {
          sequenceNumber: first + index,
          enqueuedAt,
          body: Buffer.from(JSON.stringify(event)),
        }),
      );
      blobs.set(
        name,
        lines.map(({ line }) => line.toString('utf8').trimEnd()),
      );
      const chunk = { first, last: landed - 1, lines, positions, name, generation: GENERATION };
      await noteChunk(tableDays(table.client), '0', chunk);
      return name;
    },
    putLedger(name: string, entries: readonly LedgerEntry[], errorsOf: readonly LedgerRow[] = []): void {
      const rows = [
        ...entries.map((entry, index): LedgerRow => ({
          ok: true,
          entry: { ...entry, readAt: { part: name, row: index + 2 } },
        })),
        ...errorsOf,
      ];
      this.putLedgerRows(name, rows);
    },
    putLedgerRows(name: string, rows: readonly LedgerRow[]): void {
      ledger.set(name, { rows, etag: String((etags += 1)) });
    },
    /** Handles messages until there are none. One that kills is not taken off, as the host does it. */
    async drain(): Promise<void> {
      for (let handled = 0; queue.length + compactions.length > 0; handled += 1) {
        if (handled > 1_000) throw new Error('The queue does not drain');
        const [compaction] = compactions;
        if (compaction) {
          await compact(compaction, log);
          compactions.splice(compactions.indexOf(compaction), 1);
          continue;
        }
        const [message] = queue;
        await reconcile(message, log);
        queue.splice(queue.indexOf(message as ReconcileMessage), 1);
      }
    },
    reportOf(date: string): DayReport | undefined {
      const content = files.get(date)?.files['report.json']?.content;
      return content === undefined ? undefined : parseReport(Buffer.from(content));
    },
    categoriesOf(date: string): string[] {
      return this.reportOf(date)?.exceptions.map(({ category }) => category) ?? ['no report'];
    },
    dirty: async () => (await tableDays(table.client).dirtyDates()).map(({ businessDate }) => businessDate),
  };
}
export type ReconcileWorld = ReturnType<typeof reconcileWorld>;

const placeOf = ({
  businessDate,
  shard,
  shards,
}: ReconcileMessage | { businessDate: string; shard: number; shards: number }) =>
  `${businessDate} ${shard} ${shards}`;
