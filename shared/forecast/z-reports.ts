import type { StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
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
  readonly #closings = new Map<string, Closing>();
  readonly #opened = new Set<string>();
  readonly #storesWithOpenings = new Set<StoreId>();

  add(event: PosEvent): void {
    if (event.kind !== 'shift' || event.training) return;
    const key = shiftKey(event);
    if (event.action === 'opened') {
      this.#opened.add(key);
      this.#storesWithOpenings.add(event.storeId);
      return;
    }
    const rank = countRankOf(event);
    if (event.zReport?.salesCount !== undefined && isNewerCount(rank, this.#closings.get(key)?.rank))
      this.#closings.set(key, { event, rank });
  }

  close(): ZCount[] {
    return [...this.#closings]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([key, { event }]) => {
        const { storeId, tillId, shiftId, currency, sequenceScope = '', receivedAt, zReport } = event;
        const { salesCount, salesTotalMinor, returnsTotalMinor = 0, firstSequenceNumber } = zReport ?? {};
        if (salesCount === undefined) return [];
        return [
          {
            storeId,
            tillId,
            shiftId,
            currency,
            receipts: salesCount,
            grossMinor: salesTotalMinor === undefined ? undefined : salesTotalMinor - returnsTotalMinor,
            firstSequenceNumber,
            sequenceScope,
            mayBeginBefore: this.#storesWithOpenings.has(storeId) && !this.#opened.has(key),
            receivedAt,
          },
        ];
      });
  }
}

const shiftKey = ({ storeId, tillId, shiftId }: ShiftEvent): string =>
  JSON.stringify([storeId, tillId, shiftId]);
