/**
 * One step of the bench of set work, in a process of its own, so that its time and memory are its own:
 * `reconcile-step.ts STEP FOLDER`. It sends a `StepMeasures`.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCompact } from '../../functions/reconcile/compaction/compact.ts';
import { reconcileCompactedShard } from '../../functions/reconcile/compaction/load-compacted-shard.ts';
import { dayState, digestOf } from '../../functions/reconcile/matching/day-state.ts';
import type { ReconcileParts } from '../../functions/reconcile/matching/reconcile.ts';
import { storeLookup } from '../../functions/reconcile/matching/store-lookup.ts';
import type { DayInputs } from '../../shared/azure/days/days.ts';
import { LakeDatabase } from '../../shared/azure/duckdb/lake-database.ts';
import { compactedDays } from '../../shared/azure/lake/compacted-days.ts';
import { ledgerTableStore } from '../../shared/azure/lake/ledger-tables.ts';
import { dynamicsSetup, NO_SETUP } from '../../shared/forecast/setup.ts';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';
import type { Store } from '../../shared/pos/store.ts';
import { mergeShards } from '../../shared/reconciliation/day-report.ts';
import { folderContainer } from '../support/folder-container.ts';
import { DATE, PROFILE } from '../support/ledger-fixtures.ts';
import { silentLog } from '../support/stream-fixture.ts';
import { STORES, type Expected } from './planted-day.ts';

export interface StepMeasures {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Planted differences that were not found, or not as what they are, and differences that nobody planted. */
  readonly missed?: number;
  readonly invented?: number;
}

const [step = '', folder = ''] = process.argv.slice(2);
const RAW = join(folder, 'raw.ndjson');
const LEDGER = join(folder, 'ledger.csv');
const LIMITS = { memoryMib: 224, threads: 2, scratch: folder };

async function* linesOf(file: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
}

/** What stands between the raw lines and a parse: reading, and JSON.parse of each. */
async function parse(): Promise<void> {
  for await (const lines of linesOf(RAW)) for (const line of lines) JSON.parse(line);
}

async function world() {
  const { deliveries } = JSON.parse(await readFile(join(folder, 'day.json'), 'utf8')) as {
    deliveries: number;
  };
  const lookup = storeLookup(
    Array.from({ length: STORES }, (_, index) => ({
      storeId: `S${index}`,
      name: `S${index}`,
      timeZone: 'UTC',
      cutOver: '04:00',
      currency: 'EUR',
      hours: [],
      ledgerDimension: `S${index}`,
    })) as unknown as Store[],
  );
  const file = {
    name: 'ledger.csv',
    etag: '1',
    modifiedAt: '',
    dimensions: undefined,
    badRows: 0,
    control: undefined,
  };
  const blob = {
    partition: '0',
    generation: '',
    firstSequenceNumber: 0,
    name: 'raw',
    events: deliveries,
    stores: undefined,
    control: undefined,
  };
  const empty: DayInputs = {
    blobs: [],
    quarantined: [],
    ledgerFiles: [file],
    gaps: [],
    unfetched: [],
    fingerprint: '',
    ledgerFingerprint: '',
  };
  const days = {
    inputsOf: (date: string) => Promise.resolve(date === DATE ? { ...empty, blobs: [blob] } : empty),
    ledgerInputsOf: () => Promise.resolve(empty),
  };
  const container = folderContainer(join(folder, 'lake'));
  const lake = { compacted: compactedDays(container), ledger: ledgerTableStore(container), ...LIMITS };
  const setup = dynamicsSetup(NO_SETUP);
  const parts = {
    days,
    lake,
    blobs: { lines: () => linesOf(RAW) },
    ledgerFiles: { rows: () => readLedgerCsv('ledger.csv', createReadStream(LEDGER)) },
    stores: () => Promise.resolve(lookup),
    profile: () => Promise.resolve(PROFILE),
    setup: () => Promise.resolve(setup),
    enqueue: () => Promise.resolve(),
    clock: () => Date.parse('2026-03-10T00:00:00Z'),
  } as unknown as ReconcileParts & { lake: typeof lake };
  return { parts, lake, lookup, setup };
}

async function compact(withLedger: boolean): Promise<void> {
  const { parts } = await world();
  const own = withLedger
    ? parts
    : {
        ...parts,
        days: {
          ...parts.days,
          inputsOf: async (date: string) => ({ ...(await parts.days.inputsOf(date)), ledgerFiles: [] }),
        },
      };
  await createCompact(own)({ businessDate: DATE, shards: 1, inputs: 'bench' }, { ...silentLog, error: fail });
}

function fail(message: string, _fields?: unknown, thrown?: unknown): never {
  throw new Error(message, { cause: thrown });
}

async function reconcile(): Promise<Pick<StepMeasures, 'missed' | 'invented'>> {
  const { parts, lake, lookup, setup } = await world();
  const state = await dayState(parts.days, lookup, DATE, parts.clock());
  const masterData = digestOf([lookup.version, JSON.stringify(PROFILE), JSON.stringify(setup)]);
  const given = { stores: lookup, profile: PROFILE, setup, masterData };
  const shard = await reconcileCompactedShard(
    parts,
    lake,
    { businessDate: DATE, shard: 0, shards: 1 },
    state,
    given,
  );
  if (!shard) throw new Error('The date is not compacted');
  const report = mergeShards(DATE, [shard]);
  if (!report.proof.holds) throw new Error(report.proof.violations.slice(0, 5).join('\n'));
  const planted = new Map<string, number>();
  for (const one of JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as Expected[]) {
    const key = keyOf(one.category, one.storeId, one.subject, one.amountMinor);
    planted.set(key, (planted.get(key) ?? 0) + 1);
  }
  const invented: string[] = [];
  for (const { category, storeId, subject, amountMinor, parts: cells } of report.exceptions) {
    const key = keyOf(category, storeId, subject, cells.length === 0 ? undefined : Number(amountMinor));
    const left = planted.get(key) ?? 0;
    if (left > 0) planted.set(key, left - 1);
    else invented.push(key);
  }
  const missed = [...planted].filter(([, left]) => left > 0).map(([key]) => key);
  if (process.env['BENCH_SHOW'])
    console.error({ missed: missed.slice(0, 20), invented: invented.slice(0, 20) });
  return { missed: missed.length, invented: invented.length };
}

const keyOf = (...parts: readonly unknown[]): string => JSON.stringify(parts);

/** DuckDB alone, of the same files: raw lines to Parquet, and a full outer join of its postings with the ledger's. */
async function duckDb(sql: readonly string[]): Promise<void> {
  const db = await LakeDatabase.open({ folder: join(folder, 'alone'), memoryMib: 512, threads: 2 });
  try {
    for (const one of sql) await db.run(one);
  } finally {
    await db.close();
  }
}

const COPY = `copy (select * from read_ndjson('${RAW}', maximum_object_size = 4000000)) to '${join(folder, 'raw.parquet')}' (format parquet, compression zstd)`;
const LAKE = join(folder, 'lake');
const JOIN = `create table joined as
  select p.store_id, p.document_id, p.cell, p.minor as pos, l.minor as ledger from
    (select store_id, document_id, u[1] as cell, u[2]::bigint as minor from (
      select store_id, document_id, unnest(list_zip(parts[1:-:2], parts[2:-:2])) as u from (
        select store_id, document_id, string_split(amounts, chr(31)) as parts
        from read_parquet('${LAKE}/days/*/*/documents-*.parquet')))) p
  full outer join
    (select store_dimension, document_number, cell, sum(amount_minor) as minor
     from read_parquet('${LAKE}/ledger/*/*/rows-*.parquet') where accounting_date = '${DATE}' group by all) l
  on p.store_id = l.store_dimension and p.document_id = l.document_number and p.cell = l.cell
  where p.minor is distinct from l.minor`;

const STEPS: Readonly<Record<string, () => Promise<Pick<StepMeasures, 'missed' | 'invented'> | void>>> = {
  parse,
  compact: () => compact(false),
  ledger: () => compact(true),
  reconcile,
  copy: () => duckDb([COPY]),
  join: () => duckDb([JOIN]),
};

async function main(): Promise<void> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const found = await STEPS[step]?.();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  const peakMb = process.resourceUsage().maxRSS / 1_024;
  process.send?.({ wallMs, cpuMs: (user + system) / 1_000, peakMb, ...found } satisfies StepMeasures);
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
