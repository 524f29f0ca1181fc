/** Reconciles a day of two files in a process of its own: `reconcile-plain-day.ts RAW LEDGER EXCEPTIONS`. */
import { createReadStream } from 'node:fs';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { parseRawLine } from '../../shared/pos/landing-line.ts';
import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { mergeShards } from '../../shared/reconciliation/day-report.ts';
import { reconcileStores } from '../../shared/reconciliation/reconcile-shard.ts';
import { DATE, PROFILE } from '../support/ledger-fixtures.ts';
import { NOWHERE } from '../support/reconcile-day.ts';

export interface DayMeasures {
  /** Processor time of one round, the least of some. */
  readonly floorMs: number;
  readonly reconcileMs: number;
  readonly peakMb: number;
}

const ROUNDS = 3;

async function* linesOf(file: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
}

async function parseAlone(raw: string): Promise<void> {
  for await (const lines of linesOf(raw)) for (const line of lines) JSON.parse(line);
}

async function reconcile(raw: string, ledger: string, exceptions: number): Promise<void> {
  const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => Number.MAX_VALUE });
  let events = 0;
  for await (const lines of linesOf(raw)) {
    for (const line of lines) {
      const { event } = parseRawLine(line);
      if (event) book.add(event);
      events += 1;
    }
  }
  const entries = new Map<string, LedgerEntry[]>();
  for await (const row of readLedgerCsv('ledger.csv', createReadStream(ledger))) {
    if (!row.ok) throw new Error(row.error.reason);
    const ofStore = entries.get(row.entry.storeDimension);
    if (ofStore) ofStore.push(row.entry);
    else entries.set(row.entry.storeDimension, [row.entry]);
  }
  const stores = book.close().map((day) => ({ day, entries: entries.get(day.storeId) ?? [], known: true }));
  const report = mergeShards(DATE, [
    {
      businessDate: DATE,
      ...reconcileStores(DATE, stores, NOWHERE),
      events,
      ledgerEntries: 0,
      ledgerRowErrors: [],
      ledgerFiles: [],
      dataAsOf: book.dataAsOf,
    },
  ]);
  if (!report.proof.holds || report.exceptions.length !== exceptions)
    throw new Error(`${report.exceptions.length} exceptions`);
}

async function cpuMsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function main(): Promise<void> {
  const [raw = '', ledger = '', exceptions] = process.argv.slice(2);
  const floorMs: number[] = [];
  const reconcileMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    floorMs.push(await cpuMsOf(() => parseAlone(raw)));
    reconcileMs.push(await cpuMsOf(() => reconcile(raw, ledger, Number(exceptions))));
  }
  const measures: DayMeasures = {
    floorMs: Math.min(...floorMs),
    reconcileMs: Math.min(...reconcileMs),
    peakMb: process.resourceUsage().maxRSS / 1_024,
  };
  process.send?.(measures);
}

void main();
