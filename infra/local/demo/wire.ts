import type { PosEvent, Tender, TransactionEvent } from '../../../shared/pos/event.ts';
import type { StoreId, TillId } from '../../../shared/ids.ts';

/** Fields that Tillstream derives, so a terminal does not send them. */
type Derived =
  | 'schemaVersion'
  | 'eventId'
  | 'source'
  | 'businessDate'
  | 'receivedAt'
  | 'traceparent'
  | 'quality'
  | 'version';

/** Gift cards, customers and operators are sent as numbers; Tillstream turns them into pseudonyms. */
export type WireTender = Omit<Tender, 'giftCardRef'> & { giftCardNumber?: string };
type WireOf<E> = E extends TransactionEvent
  ? Omit<E, Derived | 'tenders' | 'customerRef'> & { tenders: WireTender[]; customerId?: string }
  : E extends PosEvent
    ? Omit<E, Derived>
    : never;
export type WireEvent = WireOf<PosEvent> & { id: string };
export type WireTransaction = WireOf<TransactionEvent> & { id: string };

/** An event's effect on the books according to the generator: debit positive, credit negative, sum zero. */
export interface Booking {
  readonly storeId: StoreId;
  readonly tillId: TillId;
  readonly shiftId: string;
  /** The till's number of the transaction; undefined for drawer movements and shift differences. */
  readonly transactionId: string | undefined;
  readonly what: string;
  readonly entries: readonly { readonly account: string; readonly amountMinor: number }[];
}

/** One event of the demonstration, and its delivery. */
export interface DemoEvent {
  readonly wire: WireEvent;
  readonly storeId: StoreId;
  /** Its sender: a till, or the store's back office. A sender's events keep their order. */
  readonly sender: string;
  readonly occurredAtMs: number;
  /** Later than `occurredAt` if the till was offline. */
  readonly deliverAtMs: number;
  /** Sent as a Square notification, for a store that uses Square for stock counts. */
  readonly viaSquare?: boolean;
  /** Sent only after all other events of the store, because stock is counted when the tills are closed. */
  readonly afterAllOthers?: boolean;
  readonly mishap?: Mishap;
}

/**
 * - `repeat`: sent twice in a row, as when the response is lost.
 * - `repeat-later`: sent again half an hour later, under a new request id.
 * - `cut`: the network fails in the middle of the request; the till retries.
 * - `overtaken`: the next request of the till arrives first.
 */
export type Mishap = 'repeat' | 'repeat-later' | 'cut' | 'overtaken';
