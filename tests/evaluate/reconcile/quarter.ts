import { readLedgerCsv } from '../../../shared/ledger/sources/files/read-csv.ts';
import type { LedgerRow } from '../../../shared/ledger/ledger-row.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import { reconcileWorld } from '../../support/reconcile-world.ts';
import { dynamicsSetup, dynamicsSetupSchema, type DynamicsSetup } from '../../../shared/forecast/setup.ts';
import { Books } from './books.ts';
import { readPostings } from './ledger-side.ts';
import { BATCH_PRODUCT } from './till-faults.ts';
import { plantFaults } from './plan.ts';
import { readSales, RETAIL_PROFILE, RETAIL_STORES } from './till-side.ts';

export interface Evaluated {
  readonly books: Books;
  readonly reports: readonly DayReport[];
}

export interface QuarterOptions {
  readonly file: string;
  readonly seed: number | string;
  /** Dates to take, from the first; all where it is left out. */
  readonly days?: number;
}

const AFTER_THE_QUARTER = Date.parse('2010-04-15T00:00:00Z');

/** Plants faults in the quarter and reconciles every date, through landing, planning and the queue, as by night. */
export async function evaluateQuarter({ file, seed, days }: QuarterOptions): Promise<Evaluated> {
  const all = await readSales(file);
  const dates = [...new Set(all.map(({ businessDate }) => businessDate))].sort();
  const taken = new Set(dates.slice(0, days));
  const books = new Books(
    all.filter(({ businessDate }) => taken.has(businessDate)),
    readPostings(file),
    seed,
  );
  plantFaults(books, taken.size / dates.length);
  const world = reconcileWorld({
    nowMs: AFTER_THE_QUARTER,
    storesPerShard: 3,
    stores: RETAIL_STORES,
    profile: RETAIL_PROFILE,
    setup: setupOf(books.closedDates),
  });
  for (const [arrival, events] of arrivalsOf(books)) await world.land(events, `${arrival}T23:00:00.000Z`);
  for (const [name, text] of books.files()) {
    const rows: LedgerRow[] = [];
    for await (const row of readLedgerCsv(name, bytesOf(text))) rows.push(row);
    world.putLedgerRows(name, rows);
  }
  await world.plan();
  await world.drain();
  const reports = [...taken].flatMap((date) => world.reportOf(date) ?? []);
  return { books, reports };
}

/** What Dynamics is set up with: every tax but one, a product in batches, and periods that are open but for some dates. */
function setupOf(closedDates: readonly string[]): DynamicsSetup {
  const closed = [...closedDates].sort().map((date) => ({ from: date, to: date, status: 'closed' }));
  const dayBy = (date: string, days: number): string =>
    new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  const bounds = ['2009-11-30', ...closed.map(({ to }) => to), '2010-03-31'];
  const open = bounds.slice(1).map((end, index) => ({
    from: dayBy(bounds[index] ?? '', 1),
    to: dayBy(end, -1),
    status: 'open',
  }));
  return dynamicsSetup(
    dynamicsSetupSchema.parse({
      periods: [...closed, ...open.filter(({ from, to }) => from <= to)],
      taxCodes: ['standard'],
      products: [{ productId: BATCH_PRODUCT, batchNumbers: true }],
    }),
  );
}

/** Deliveries by the date on which they are landed. */
function arrivalsOf(books: Books): [string, PosEvent[]][] {
  const arrivals = new Map<string, PosEvent[]>();
  for (const { date, deliveries } of books.sales) {
    for (const { event, daysLate } of deliveries) {
      const arrival = new Date(Date.parse(`${date}T00:00:00Z`) + daysLate * 86_400_000)
        .toISOString()
        .slice(0, 10);
      const events = arrivals.get(arrival);
      if (events) events.push(event);
      else arrivals.set(arrival, [event]);
    }
  }
  return [...arrivals].sort(([left], [right]) => (left < right ? -1 : 1));
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}
