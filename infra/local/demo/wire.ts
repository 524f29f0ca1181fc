import type { PosEvent, Tender, TransactionEvent } from '../../../shared/pos/event.ts';
import type { StoreId, TillId } from '../../../shared/ids.ts';

/** What Tillstream derives itself, so a terminal does not send it. */
type Derived =
  | 'schemaVersion'
  | 'eventId'
  | 'source'
  | 'businessDate'
  | 'receivedAt'
  | 'traceparent'
  | 'quality'
  | 'version';

/** Gift cards, customers and operators are sent by their numbers; Tillstream makes pseudonyms of them. */
export type WireTender = Omit<Tender, 'giftCardRef'> & { giftCardNumber?: string };
type WireOf<E> = E extends TransactionEvent
  ? Omit<E, Derived | 'tenders' | 'customerRef'> & { tenders: WireTender[]; customerId?: string }
  : E extends PosEvent
    ? Omit<E, Derived>
    : never;
export type WireEvent = WireOf<PosEvent> & { id: string };
export type WireTransaction = WireOf<TransactionEvent> & { id: string };

/** What an event means for the books, by the generator's own knowledge: debit positive, credit negative, sum zero. */
export interface Booking {
  readonly storeId: StoreId;
  readonly tillId: TillId;
  readonly shiftId: string;
  /** The till's number of the transaction; undefined for drawer movements and shift differences. */
  readonly transactionId: string | undefined;
  readonly what: string;
  readonly entries: readonly { readonly account: string; readonly amountMinor: number }[];
}

/** One event of the demonstration, and how its delivery goes. */
export interface DemoEvent {
  readonly wire: WireEvent;
  readonly storeId: StoreId;
  /** Who sends it: a till, or the store's back office. One sender's events keep their order. */
  readonly sender: string;
  readonly occurredAtMs: number;
  /** Later than it occurred where the till was offline. */
  readonly deliverAtMs: number;
  /** Comes as a notification of Square's, from a store that counts with Square. */
  readonly viaSquare?: boolean;
  /** Sent only after everything else of the store has arrived, as a stock count is taken at closed tills. */
  readonly afterAllOthers?: boolean;
  readonly mishap?: Mishap;
}

/**
 * - `repeat`: sent twice at once, as when the answer is lost.
 * - `repeat-later`: sent again half an hour later, under a new request id.
 * - `cut`: the network goes in the middle of the request; the till tries again.
 * - `overtaken`: the next request of the till arrives first.
 */
export type Mishap = 'repeat' | 'repeat-later' | 'cut' | 'overtaken';
