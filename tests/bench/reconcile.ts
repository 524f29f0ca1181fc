/**
 * Reconciling a day against its floor, `JSON.parse` of the same raw lines. Each transaction has a posting of its own in
 * the ledger file; one in a thousand is missing there.
 */
import { readLedgerCsv } from '../../shared/ledger/ledger-csv.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { parseRawLine } from '../../shared/azure/landing-line.ts';
import { eventId, storeId } from '../../shared/ids.ts';
import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { mergeShards } from '../../shared/reconciliation/day-report.ts';
import { reconcileStores } from '../../shared/reconciliation/reconcile-shard.ts';
import { DATE, postedEach, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { ledgerCsv } from '../support/reconcile-azure.ts';
import { NOWHERE } from '../support/reconcile-day.ts';
import type { BenchRow } from './row.ts';

const TRANSACTIONS = 100_000;
const STORES = 20;
const MISSING_EVERY = 1_000;
const ROUNDS = 3;
const CHUNK_BYTES = 64 * 1024;

function makeDay(): { lines: string[]; csv: Buffer } {
  const lines: string[] = [];
  const entries: LedgerEntry[] = [];
  for (let index = 0; index < TRANSACTIONS; index += 1) {
    const id = `X${index}`;
    const event = sale(id, 100 + (index % 9_000), {
      storeId: storeId(`S${index % STORES}`),
      eventId: eventId(`tillstream:${id}`),
    });
    lines.push(
      `{"hubPartition":"0","hubSequenceNumber":${index},"enqueuedAt":"2026-03-02T10:00:00.000Z","event":${JSON.stringify(event)}}`,
    );
    if (index % MISSING_EVERY !== 0) entries.push(...postedEach(event));
  }
  return { lines, csv: Buffer.from(ledgerCsv(entries)) };
}

async function* chunks(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    await Promise.resolve();
    yield content.subarray(at, at + CHUNK_BYTES);
  }
}

async function reconcile(lines: readonly string[], csv: Buffer): Promise<void> {
  const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => Number.MAX_VALUE });
  for (const line of lines) {
    const { event } = parseRawLine(line);
    if (event) book.add(event);
  }
  const entries = new Map<string, LedgerEntry[]>();
  for await (const row of readLedgerCsv('ledger.csv', chunks(csv))) {
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
      events: lines.length,
      ledgerEntries: 0,
      ledgerRowErrors: [],
      ledgerFiles: [],
      dataAsOf: book.dataAsOf,
    },
  ]);
  if (!report.proof.holds || report.exceptions.length !== TRANSACTIONS / MISSING_EVERY)
    throw new Error(`${report.exceptions.length} exceptions`);
}

export async function bench(): Promise<BenchRow[]> {
  const { lines, csv } = makeDay();
  const floorMs: number[] = [];
  const valueMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let startedMs = performance.now();
    for (const line of lines) JSON.parse(line);
    floorMs.push(performance.now() - startedMs);
    startedMs = performance.now();
    await reconcile(lines, csv);
    valueMs.push(performance.now() - startedMs);
  }
  const [floor, value] = [Math.min(...floorMs), Math.min(...valueMs)];
  return [
    { name: 'JSON.parse of the raw lines', value: (TRANSACTIONS / floor) * 1_000, unit: 'events/s' },
    {
      name: 'reconciling them with as many postings',
      value: (TRANSACTIONS / value) * 1_000,
      unit: 'events/s',
      ratio: floor / value,
      ratioOf: 'JSON.parse',
      note: `memory after it: ${Math.round(process.memoryUsage().rss / 1_048_576)} MB, with the raw lines held`,
    },
  ];
}
