import type { PosEvent } from '../event.ts';
import { transactionIssues } from '../transaction-checks.ts';
import type { Warning } from './source.ts';

/** What the sender should know of an event that was accepted all the same. */
export function warningsOf(event: PosEvent): Warning[] {
  const id = event.eventId.slice(event.source.length + 1);
  return [
    ...(event.quality ?? []).map((code) => ({ id, code })),
    ...(event.kind === 'transaction' ? transactionIssues(event).map(({ code }) => ({ id, code })) : []),
  ];
}
