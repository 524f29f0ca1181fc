import type { StoreId } from '../ids.ts';
import { addMinor, type Currency } from '../money.ts';
import { countRankOf, isNewerCount, type CountRank } from '../pos/drawer-cash.ts';
import type { PosEvent, ShiftEvent } from '../pos/event.ts';
import type { Instant } from '../time.ts';

/** What a till counted of one shift, as its Z report says. */
export interface ZCount {
  readonly storeId: StoreId;
  readonly tillId: string;
  readonly shiftId: string;
  readonly currency: Currency;
  /** Completed sales, returns and exchanges. */
  readonly receipts: number;
  /** Their gross; undefined where the till does not say. */
  readonly grossMinor: number | undefined;
  /** The first running number of the shift, and what restarts them. */
  readonly firstSequenceNumber: number | undefined;
  readonly sequenceScope: string;
  /**
   * The store's tills report the opening of shifts, and of this one none came on the date: it may have begun on the date
   * before, whose receipts the report counts as well.
   */
  readonly mayBeginBefore: boolean;
  readonly receivedAt: Instant;
}

interface Closing {
  readonly event: ShiftEvent;
  readonly rank: CountRank;
}

/** Gathers the Z reports of a date. Of several closings of one shift the one counts that the cash count goes by as well. */
export class ZReportBook {
  /** By shift, then by event: one that is sent again is one. */
  readonly #closings = new Map<string, Map<string, Closing>>();
  readonly #opened = new Map<string, Set<string>>();
  readonly #storesWithOpenings = new Set<StoreId>();

  add(event: PosEvent): void {
    if (event.kind !== 'shift' || event.training) return;
    const key = shiftKey(event);
    if (event.action === 'opened') {
      this.#opened.set(key, (this.#opened.get(key) ?? new Set()).add(event.eventId));
      this.#storesWithOpenings.add(event.storeId);
      return;
    }
    const rank = countRankOf(event);
    if (event.zReport?.salesCount === undefined) return;
    const held = this.#closings.get(key) ?? new Map<string, Closing>();
    this.#closings.set(key, held);
    if (isNewerCount(rank, held.get(event.eventId)?.rank)) held.set(event.eventId, { event, rank });
  }

  close(): ZCount[] {
    return [...this.#closings]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([key, held]) => {
        const closings = [...held.values()].sort((one, other) =>
          isNewerCount(one.rank, other.rank) ? -1 : 1,
        );
        // A shift id that was opened twice on the date stands for two shifts, each of which has its own report.
        const counted = closings.slice(0, Math.max(1, this.#opened.get(key)?.size ?? 0));
        const [newest] = closings;
        if (!newest) return [];
        const { event } = newest;
        const { storeId, tillId, shiftId, currency, sequenceScope = '', receivedAt, zReport } = event;
        return [
          {
            storeId,
            tillId,
            shiftId,
            currency,
            ...sumOf(counted),
            firstSequenceNumber: counted.length === 1 ? zReport?.firstSequenceNumber : undefined,
            sequenceScope,
            mayBeginBefore: this.#storesWithOpenings.has(storeId) && !this.#opened.has(key),
            receivedAt,
          },
        ];
      });
  }
}

function sumOf(closings: readonly Closing[]): Pick<ZCount, 'receipts' | 'grossMinor'> {
  let receipts = 0;
  let grossMinor: number | undefined = 0;
  for (const { event } of closings) {
    const { salesCount = 0, salesTotalMinor, returnsTotalMinor = 0 } = event.zReport ?? {};
    receipts += salesCount;
    grossMinor =
      grossMinor === undefined || salesTotalMinor === undefined
        ? undefined
        : addMinor(grossMinor, salesTotalMinor, -returnsTotalMinor);
  }
  return { receipts, grossMinor };
}

const shiftKey = ({ storeId, tillId, shiftId }: ShiftEvent): string =>
  JSON.stringify([storeId, tillId, shiftId]);
