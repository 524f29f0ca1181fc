/**
 * Reconciling a day against its floor, reading and `JSON.parse` of the same raw lines. Each transaction has postings of
 * its own in the ledger file; one in a thousand is missing there. Both are files that are read as they stream, in a
 * process of its own, so its memory is that of reconciling.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eventId, storeId } from '../../shared/ids.ts';
import { postedEach, sale } from '../support/ledger-fixtures.ts';
import { ledgerCsv } from '../support/reconcile-azure.ts';
import type { DayMeasures } from './reconcile-plain-day.ts';
import type { BenchRow } from './row.ts';

const TRANSACTIONS = 100_000;
const STORES = 20;
const MISSING_EVERY = 1_000;
const PART = 1_000;

function* sales() {
  for (let index = 0; index < TRANSACTIONS; index += 1) {
    const id = `X${index}`;
    yield sale(id, 100 + (index % 9_000), {
      storeId: storeId(`S${index % STORES}`),
      eventId: eventId(`tillstream:${id}`),
    });
  }
}

function* rawLines(): Generator<string> {
  let index = 0;
  for (const event of sales()) {
    yield `{"hubPartition":"0","hubSequenceNumber":${index},"enqueuedAt":"2026-03-02T10:00:00.000Z","event":${JSON.stringify(event)}}\n`;
    index += 1;
  }
}

function* ledgerRows(): Generator<string> {
  const header = ledgerCsv([]);
  yield header;
  let part = [];
  let index = 0;
  for (const event of sales()) {
    if (index % MISSING_EVERY !== 0) part.push(...postedEach(event));
    index += 1;
    if (index % PART > 0) continue;
    yield ledgerCsv(part).slice(header.length);
    part = [];
  }
}

export async function bench(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-reconcile-'));
  try {
    const [raw, ledger] = [join(folder, 'raw.ndjson'), join(folder, 'ledger.csv')];
    await pipeline(Readable.from(rawLines()), createWriteStream(raw));
    await pipeline(Readable.from(ledgerRows()), createWriteStream(ledger));
    const exceptions = String(TRANSACTIONS / MISSING_EVERY);
    const child = fork(join('tests', 'bench', 'reconcile-plain-day.ts'), [raw, ledger, exceptions], {
      execArgv: ['--import', 'tsx'],
    });
    const [measures] = (await once(child, 'message')) as [DayMeasures];
    return rowsOf(measures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function rowsOf({ floorMs, reconcileMs, peakMb }: DayMeasures): BenchRow[] {
  const perSecond = (ms: number): number => (TRANSACTIONS / ms) * 1_000;
  return [
    { name: 'reading and JSON.parse of the raw lines', value: perSecond(floorMs), unit: 'events/s a core' },
    {
      name: 'reconciling them with as many postings',
      value: perSecond(reconcileMs),
      unit: 'events/s a core',
      ratio: floorMs / reconcileMs,
      ratioOf: 'reading and JSON.parse',
    },
    {
      name: `peak memory of ${TRANSACTIONS.toLocaleString('en')} transactions`,
      value: peakMb,
      unit: 'MB RSS',
    },
  ];
}
