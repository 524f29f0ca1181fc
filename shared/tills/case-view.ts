import type { EventReference } from '../alerts/alert.ts';
import type { OperatorId } from '../ids.ts';
import type { DrawerEvent, TransactionEvent } from '../pos/event.ts';
import type { Activity } from './activity.ts';

/** What is known of who sold or paid back, and with which cards. */
export interface SaleFacts {
  readonly operatorId: OperatorId | undefined;
  /** Pseudonyms of the cards, empty where they are not known. */
  readonly cards: readonly string[];
}

/** One event as rules about single cases see it. */
export interface CaseView {
  /** The event in question. Where a sale comes after its refund, the sale; `reference` is the refund all the same. */
  readonly event: TransactionEvent | DrawerEvent;
  readonly reference: EventReference;
  /** Of a transaction. */
  readonly activity: Activity | undefined;
  /** Of a refund: who paid it out and to which cards. */
  readonly refund: SaleFacts | undefined;
  /** The sale that comes back, as far as the event or the memory of the stream has it. */
  readonly sale: SaleFacts | undefined;
  /** Cash that the version in force took. */
  readonly cashMinor: number;
  /** The most cash that a version of this transaction with the same total took, where that is more than now. */
  readonly cashBeforeMinor: number | undefined;
}
