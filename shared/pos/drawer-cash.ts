import { addMinor } from '../money.ts';
import type { ShiftEvent, TenderType, TransactionEvent } from './event.ts';
import { eventTimeMs } from './event-time.ts';

/**
 * What moves cash, and which of several counts of a drawer is valid. The till counters and the expected postings both
 * use these rules, so they cannot disagree. They differ in one thing on purpose: to the counters the events come
 * first and the till's own figure second, to the postings the till's figure comes first.
 */

/** What each tender brought in. Change comes out of the cash drawer, whatever was paid with: a voucher, or a card. */
export function takenIn({ tenders }: Pick<TransactionEvent, 'tenders'>): [TenderType, number][] {
  const taken: [TenderType, number][] = [];
  for (const { type, amountMinor, changeMinor = 0 } of tenders) {
    const isCash = type === 'cash';
    taken.push([type, isCash ? addMinor(amountMinor, -changeMinor) : amountMinor]);
    if (!isCash && changeMinor !== 0) taken.push(['cash', -changeMinor]);
  }
  return taken;
}

/** Cash that a transaction put into the drawer, less its change and refunds. */
export function cashTakenMinor(transaction: Pick<TransactionEvent, 'tenders'>): number {
  let cashMinor = 0;
  for (const [type, amountMinor] of takenIn(transaction))
    if (type === 'cash') cashMinor = addMinor(cashMinor, amountMinor);
  return cashMinor;
}

/** What decides between several openings, or several counts, of one shift. */
export interface CountRank {
  readonly version: number;
  /** By `eventTimeMs`: a till whose clock is ahead must not win for ever. */
  readonly atMs: number;
  /** Missing in state that an older version stored. */
  readonly eventId?: string | undefined;
}

export function countRankOf(event: ShiftEvent): CountRank & { readonly eventId: string } {
  return { version: event.version, atMs: eventTimeMs(event), eventId: event.eventId };
}

/**
 * The higher version counts, then the later one. Of two equal ones the smaller event id counts, so the order in
 * which they arrive does not show.
 */
export function isNewerCount(one: CountRank, other: CountRank | undefined): boolean {
  if (!other) return true;
  if (one.version !== other.version) return one.version > other.version;
  if (one.atMs !== other.atMs) return one.atMs > other.atMs;
  return one.eventId !== undefined && other.eventId !== undefined && one.eventId < other.eventId;
}
