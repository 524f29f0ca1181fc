/**
 * Set work against its floor, `JSON.parse` of the same raw lines: a date is compacted once, which parses each raw line,
 * and is then reconciled by DuckDB as often as there is news. Each step runs in a process of its own.
 * `BENCH_TRANSACTIONS=100000,1000000` chooses other sizes.
 */
import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { ledgerCsv } from '../support/reconcile-azure.ts';
import { plantedDay, type Expected } from './planted-day.ts';
import type { StepMeasures } from './reconcile-step.ts';
import type { BenchRow } from './row.ts';

const SIZES = (process.env['BENCH_TRANSACTIONS'] ?? '100000,500000,1000000').split(',').map(Number);
const PART = 2_000;

interface Written {
  deliveries: number;
  postings: number;
  readonly expected: Expected[];
}

/** Both sides, written as they come. */
async function write(folder: string, transactions: number): Promise<Written> {
  const written: Written = { deliveries: 0, postings: 0, expected: [] };
  await pipeline(
    Readable.from(rawLines(transactions, written)),
    createWriteStream(join(folder, 'raw.ndjson')),
  );
  await pipeline(
    Readable.from(ledgerLines(transactions, written)),
    createWriteStream(join(folder, 'ledger.csv')),
  );
  await writeFile(join(folder, 'expected.json'), JSON.stringify(written.expected));
  await writeFile(join(folder, 'day.json'), JSON.stringify({ deliveries: written.deliveries }));
  return written;
}

function* rawLines(transactions: number, written: Written): Generator<string> {
  let part: string[] = [];
  const seen = new Set<string>();
  for (const { deliveries, expected } of plantedDay(transactions)) {
    for (const one of expected) {
      // What a till left open is one exception for each till and doubt.
      const isOfTill = one.subject.startsWith('till ');
      if (isOfTill && seen.has(`${one.storeId} ${one.subject}`)) continue;
      if (isOfTill) seen.add(`${one.storeId} ${one.subject}`);
      written.expected.push(one);
    }
    for (const event of deliveries)
      part.push(
        `{"hubPartition":"0","hubSequenceNumber":${written.deliveries++},"enqueuedAt":"2026-03-02T10:00:00.000Z","event":${JSON.stringify(event)}}\n`,
      );
    if (part.length < PART) continue;
    yield part.join('');
    part = [];
  }
  yield part.join('');
}

function* ledgerLines(transactions: number, written: Written): Generator<string> {
  const header = ledgerCsv([]);
  yield header;
  let part: LedgerEntry[] = [];
  const flush = (): string => {
    written.postings += part.length;
    const text = ledgerCsv(part).slice(header.length);
    part = [];
    return text;
  };
  for (const { rows } of plantedDay(transactions)) {
    for (const row of rows) part.push(row);
    if (part.length >= PART) yield flush();
  }
  yield flush();
}

async function run(step: string, folder: string): Promise<StepMeasures> {
  const child = fork(join('tests', 'bench', 'reconcile-step.ts'), [step, folder], {
    execArgv: ['--import', 'tsx'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (measures) => resolve(measures as StepMeasures));
    child.once('exit', (code) => reject(new Error(`The step ${step} ended with ${code}`)));
  });
}

export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const transactions of SIZES) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-sets-'));
    try {
      rows.push(...(await benchSize(folder, transactions)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

async function benchSize(folder: string, transactions: number): Promise<BenchRow[]> {
  const { postings, expected } = await write(folder, transactions);
  const megabytes = (await stat(join(folder, 'raw.ndjson'))).size / 1e6;
  const parse = await run('parse', folder);
  const compact = await run('compact', folder);
  const ledger = await run('ledger', folder);
  const reconcile = await run('reconcile', folder);
  const join_ = await run('join', folder);
  const copy = await run('copy', folder);
  const size = `${transactions / 1e6}M`;
  const seconds = (ms: number): number => ms / 1_000;
  return [
    {
      name: `${size}: JSON.parse of the raw lines`,
      value: seconds(parse.wallMs),
      unit: 's',
      note: `${Math.round(megabytes)} MB raw, ${postings.toLocaleString('en')} postings, ${expected.length} planted differences`,
    },
    {
      name: `${size}: reconciling the compacted date`,
      value: seconds(reconcile.wallMs),
      unit: 's',
      ratio: reconcile.wallMs / parse.wallMs,
      ratioOf: `JSON.parse (CPU ${(reconcile.cpuMs / parse.cpuMs).toFixed(2)})`,
      note: `${reconcile.missed} of the planted differences missed or told otherwise, ${reconcile.invented} invented; peak ${Math.round(reconcile.peakMb)} MB RSS`,
    },
    {
      name: `${size}: a plain full outer join of both in DuckDB`,
      value: seconds(join_.wallMs),
      unit: 's',
      ratio: join_.wallMs / parse.wallMs,
      ratioOf: 'JSON.parse',
      note: `peak ${Math.round(join_.peakMb)} MB RSS`,
    },
    {
      name: `${size}: compacting the raw lines, once`,
      value: megabytes / seconds(compact.wallMs),
      unit: 'MB/s',
      ratio: copy.wallMs / compact.wallMs,
      ratioOf: `DuckDB's COPY of the same lines (CPU ${(copy.cpuMs / compact.cpuMs).toFixed(2)})`,
      note: `${seconds(compact.wallMs).toFixed(1)} s, peak ${Math.round(compact.peakMb)} MB RSS; COPY alone ${seconds(copy.wallMs).toFixed(1)} s, peak ${Math.round(copy.peakMb)} MB`,
    },
    {
      name: `${size}: the ledger file to Parquet, once a change`,
      value: seconds(ledger.wallMs),
      unit: 's',
      ratio: ledger.wallMs / parse.wallMs,
      ratioOf: 'JSON.parse',
      note: `peak ${Math.round(ledger.peakMb)} MB RSS`,
    },
  ];
}
