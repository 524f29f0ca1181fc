import type { PosEvent } from '../event.ts';
import type { Catalog } from '../master-data.ts';
import { transactionIssues } from '../transaction-checks.ts';
import type { Warning } from './source.ts';

/** What the sender should know of an event that was accepted all the same. */
export function warningsOf(event: PosEvent, { stores }: Catalog): Warning[] {
  const id = event.eventId.slice(event.source.length + 1);
  const issues = event.kind === 'transaction' ? transactionIssues(event, stores.get(event.storeId)) : [];
  return [
    ...(event.quality ?? []).map((code) => ({ id, code })),
    ...issues.map(({ code }) => ({ id, code })),
  ];
}
