import type { StoreId } from '../ids.ts';

/** What a part of a day that could not be reconciled, or was not counted, is. */
export type UncoveredKind =
  /** The store's own data made reconciling it fail. */
  | 'store'
  /** Reconciling a shard's stores failed as often as it was tried. */
  | 'shard'
  | 'raw-blob'
  | 'ledger-file'
  /** Event Hubs dropped events of about this date before they were landed; which stores they belong to is not known. */
  | 'hub-gap'
  /** Events that arrived on this date with a business date decades off: they are in no day's books. */
  | 'implausible-date'
  /** The vendor holds something of this date that never came and could not be fetched. */
  | 'unfetched';

/**
 * A part of the day that the report's totals do not cover, so no one mistakes a total for the whole. The books of the
 * stores it names are left out as a whole, except for `hub-gap`, `implausible-date` and `unfetched`, where only the
 * events themselves are missing.
 */
export interface UncoveredPart {
  readonly kind: UncoveredKind;
  /** Empty where it is not known which stores are affected. */
  readonly storeIds: readonly StoreId[];
  /** The store, blob, file, partition or dates that it is about. */
  readonly subject: string;
  readonly reason: string;
  /** How many events are missing, where it is known. */
  readonly events?: number;
  /** The totals hold it all; only the search for the cause of a difference could not look there. */
  readonly searchOnly?: true;
}

/** The parts that the totals lack. */
export const missingFromTotals = (parts: readonly UncoveredPart[] = []): UncoveredPart[] =>
  parts.filter(({ searchOnly }) => searchOnly !== true);

/** Of equal parts, which two shards may both have met, one is kept; the stores of both count. */
export function mergeUncovered(parts: readonly UncoveredPart[]): UncoveredPart[] {
  const merged = new Map<string, UncoveredPart>();
  for (const part of parts) {
    const key = JSON.stringify([part.kind, part.subject, part.reason]);
    const before = merged.get(key);
    const storeIds = [...new Set([...(before?.storeIds ?? []), ...part.storeIds])].sort();
    merged.set(key, { ...part, storeIds });
  }
  return [...merged].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, part]) => part);
}
