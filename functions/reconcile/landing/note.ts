import type { DayBlob, Days, LandedCount, LandingGap } from '../../../shared/azure/days/days.ts';
import type { HubGeneration } from '../../../shared/azure/hub/hub-generation.ts';
import type { Logger } from '../../../shared/log.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { letterIdByPlace, makeDeadLetter, type DeadLetters } from '../../../shared/pos/dead-letter.ts';
import type { LandedLine } from '../../../shared/pos/landing-line.ts';
import { isPlausibleDate } from '../../../shared/pos/plausible-date.ts';
import { addDays, DAY_MS, toInstant } from '../../../shared/time.ts';
import type { Chunk } from './chunks.ts';
import type { LandedChunk } from './landed-before.ts';

const DATES_AT_ONCE = 16;

/**
 * First the blob under each date, then the marks that make planning look at these dates. An event of no plausible
 * business date is noted under the day it arrived, whose report shows it: thousands of dates that no store will ever
 * close would otherwise be planned every hour.
 */
export async function noteChunk(days: Days, partition: string, landed: LandedChunk): Promise<void> {
  const dates = new Map<string, Noted>();
  const quarantined = new Map<string, Noted>();
  for (const [index, line] of landed.lines.entries()) {
    if (!line.readable) continue;
    const enqueuedAt = landed.positions[index]?.enqueuedAt ?? '';
    if (isPlausibleDate(line.businessDate, enqueuedAt)) count(dates, line.businessDate, line);
    else count(quarantined, enqueuedAt.slice(0, 10), line);
  }
  const blobOf = ({ events, stores, control }: Noted): DayBlob => ({
    name: landed.name,
    partition,
    generation: landed.generation,
    firstSequenceNumber: landed.first,
    events,
    stores: [...stores].sort(),
    control: [...control.values()].map((one) => ({ ...one, grossMinor: one.grossMinor.toString() })),
  });
  await forEachBounded(dates, DATES_AT_ONCE, ([date, noted]) => days.addBlob(date, blobOf(noted)));
  await forEachBounded(quarantined, DATES_AT_ONCE, ([date, noted]) =>
    days.addQuarantined(date, blobOf(noted)),
  );
  const changed = new Set([...dates.keys(), ...quarantined.keys()]);
  if (changed.size > 0) await days.markDirty([...changed]);
}

interface Noted {
  events: number;
  readonly stores: Set<string>;
  /** Counted here, before anything else has touched the events, for the proof of the day. */
  readonly control: Map<string, Counted>;
}
type Counted = Omit<LandedCount, 'transactions' | 'grossMinor'> & {
  transactions: number;
  grossMinor: bigint;
};

function count(
  dates: Map<string, Noted>,
  date: string,
  { storeId, transaction }: Extract<LandedLine, { readable: true }>,
): void {
  const noted: Noted = dates.get(date) ?? { events: 0, stores: new Set(), control: new Map() };
  dates.set(date, noted);
  noted.events += 1;
  noted.stores.add(storeId);
  if (!transaction) return;
  const { currency, grossMinor } = transaction;
  const key = `${currency} ${storeId}`;
  const counted = noted.control.get(key) ?? { storeId, currency, transactions: 0, grossMinor: 0n };
  noted.control.set(key, counted);
  counted.transactions += 1;
  counted.grossMinor += BigInt(grossMinor);
}

/** @returns how many were buried. */
export async function buryUnreadable(
  deadLetters: DeadLetters,
  partition: string,
  { lines, positions, generation }: Chunk & { generation: HubGeneration },
): Promise<number> {
  let buried = 0;
  for (const [index, line] of lines.entries()) {
    if (line.readable) continue;
    const { sequenceNumber = 0, enqueuedAt = '' } = positions[index] ?? {};
    const { payload } = line;
    await deadLetters.bury(
      makeDeadLetter({
        deadLetterId: letterIdByPlace([partition, generation, sequenceNumber], payload),
        stage: 'land',
        fault: line,
        // The time of the hub: a repeat writes the same letter.
        diedAt: enqueuedAt,
        // What is JSON may be readable for a newer release; what is not even that never will be.
        replay: line.code === 'bad-json' ? { to: 'nowhere' } : { to: 'hub' },
        payload,
      }),
    );
    buried += 1;
  }
  return buried;
}

/** Retention is 7 days in the Standard tier: what was dropped arrived at most so long before the first that is left. */
const MAX_GAP_DAYS = 8;

/** Between which instants the events of a gap must have arrived, in epoch milliseconds, as far as it is known. */
export interface GapTime {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/**
 * Events that left the hub before they were landed are lost to Tillstream, so a person must learn of it twice: as a
 * dead letter, and on the reports of the dates that they may belong to.
 */
export async function noteGaps(
  { days, deadLetters }: { readonly days: Days; readonly deadLetters: DeadLetters },
  partition: string,
  gaps: readonly LandingGap[],
  time: GapTime,
  log: Logger,
): Promise<void> {
  const dates = datesOf(time);
  for (const gap of gaps) {
    const { generation, firstSequenceNumber: from, lastSequenceNumber: to } = gap;
    log.error('The hub has dropped events before they were landed', { partition, generation, from, to });
    await deadLetters.bury(
      makeDeadLetter({
        deadLetterId: `gap-${partition}-${generation}-${from}-${to}`,
        stage: 'land',
        fault: {
          code: 'dropped-by-hub',
          message:
            `Event Hubs dropped ${to - from + 1} events of partition ${partition} (${from} to ${to}) before they were landed. ` +
            'Ask the sources to send these days again: see docs/runbooks/lag.md',
        },
        diedAt: toInstant(time.fromMs ?? time.toMs ?? 0),
        replay: { to: 'nowhere' },
        payload: JSON.stringify(gap),
      }),
    );
    for (const date of dates) await days.addGap(date, gap);
  }
  if (dates.length > 0) await days.markDirty(dates);
}

/** From the day before the last landing to the day of the first event that is left. */
function datesOf({ fromMs, toMs }: GapTime): BusinessDate[] {
  const last = toMs ?? fromMs;
  if (last === undefined) return [];
  const first = Math.max((fromMs ?? last) - DAY_MS, last - MAX_GAP_DAYS * DAY_MS);
  const lastDate = toInstant(last).slice(0, 10);
  const dates: BusinessDate[] = [];
  for (let date = toInstant(first).slice(0, 10) as BusinessDate; date <= lastDate; date = addDays(date, 1))
    dates.push(date);
  return dates;
}
