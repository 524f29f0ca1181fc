import type { PosSource, TransactionEvent } from './event.ts';

/**
 * Which of several events about one transaction is in force. A source that sends a transaction again raises its
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

/** True when a source sent it at least once more, so that an earlier event of the same transaction is to be expected. */
export function supersedesAnother(event: Pick<TransactionEvent, 'version'>): boolean {
  return event.version > 1;
}

/** Names the transaction within its store, the same for all its versions. */
export function transactionKey(event: { source: PosSource; transactionId: string }): string {
  return `${event.source}:${event.transactionId}`;
}

/** Whether goods and money changed hands: neither practice, nor given up, nor parked, nor taken back. */
export function isInForce(event: Pick<TransactionEvent, 'training' | 'status'>): boolean {
  return !event.training && (event.status === 'completed' || event.status === 'resumed');
}
