import type { PosSource, TransactionEvent } from './event.ts';

/**
 * Which of several events about one transaction is current. A source that sends a transaction again raises its
 * `version`; a till that has no versions sends the same transaction with a later status (suspended, then completed,
 * then post-voided). The order in which they arrive does not matter.
 */
const STATUS_RANK: Readonly<Record<TransactionEvent['status'], number>> = {
  suspended: 0,
  resumed: 1,
  cancelled: 2,
  completed: 3,
  voided: 4,
};
const RANKS_PER_VERSION = 8;

/** The higher rank supersedes; of two events of equal rank the first that came stays. */
export function versionRank(event: Pick<TransactionEvent, 'version' | 'status'>): number {
  return event.version * RANKS_PER_VERSION + STATUS_RANK[event.status];
}

/** True where an earlier event of the same transaction is to be expected: a later version, or a void after tender. */
export function supersedesAnother(event: Pick<TransactionEvent, 'version' | 'status'>): boolean {
  return event.version > 1 || event.status === 'voided';
}

/** The number of the transaction within its store, the same for all its versions. Two may have one: see below. */
export function transactionKey(event: { source: PosSource; transactionId: string }): string {
  return `${event.source}:${event.transactionId}`;
}

/**
 * Distinguishes transactions with the same number. Tills that send our own format number independently, so two without a
 * connection may give the same number to two sales; the ids of the other sources name the till, or are the vendor's own,
 * and a void there may come from another till. A training receipt never supersedes a sale.
 *
 * The form `till <length>:<till>` makes sure that no till's name looks like another scope.
 */
export function transactionScope(event: Pick<TransactionEvent, 'source' | 'tillId' | 'training'>): string {
  const till = event.source === 'tillstream' ? `till ${event.tillId.length}:${event.tillId}` : '';
  return event.training ? `training ${till}` : till;
}

/** Whether goods and money changed hands: not training, cancelled, suspended or voided. */
export function isInForce(event: Pick<TransactionEvent, 'training' | 'status'>): boolean {
  return !event.training && (event.status === 'completed' || event.status === 'resumed');
}
