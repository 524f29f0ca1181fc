import type { StoreId } from '../../../shared/ids.ts';
import type { DayBookOptions } from '../../../shared/reconciliation/day-book.ts';
import type { ReconciliationException } from '../../../shared/reconciliation/exception.ts';
import type { StoreInput } from '../../../shared/reconciliation/reconcile-shard.ts';
import { WindowDates } from '../../../shared/reconciliation/window-dates.ts';
import type { LeftOut } from './left-out.ts';
import { forEachEventSearched, type EventParts } from './read-events.ts';
import { forEachEntry, type LedgerParts, type LedgerScope } from './read-ledger.ts';

const NOT_SEARCHED = 'Not searched for postings of the same amounts';

/**
 * Neighbouring dates of the stores in which something without a number is open, for the pass by amount and date. They are
 * read only where such a store is found.
 * @returns undefined where there is none, or more than can be held, which is then noted.
 */
export async function searchWindow(
  parts: EventParts & LedgerParts,
  { state, stores, isOurs, shard }: LedgerScope,
  options: DayBookOptions,
  found: { readonly inputs: readonly StoreInput[]; readonly exceptions: readonly ReconciliationException[] },
  leftOut: LeftOut,
): Promise<WindowDates | undefined> {
  const searched = storesToSearch(found.inputs, found.exceptions);
  if (searched.size === 0 || state.neighbours.length === 0) return undefined;
  const window = new WindowDates({ ...options, withCardPayments: false }, searched);
  for (const neighbour of state.neighbours)
    await forEachEventSearched(parts, neighbour, isOurs, leftOut, NOT_SEARCHED, (event) =>
      window.addEvent(event),
    );
  const neighbours = new Set(state.neighbours.map(({ businessDate }) => businessDate));
  await forEachEntry(parts, { state, stores, isOurs, shard }, (entry) => {
    if (neighbours.has(entry.accountingDate))
      window.addEntry(stores.ofDimension(entry.storeDimension).storeId, entry);
  });
  if (!window.isFull) return window;
  const reason = `${NOT_SEARCHED}: the dates around hold more than can be compared at once`;
  leftOut.note('store', [...searched].sort(), 'other dates', reason);
  return undefined;
}

/** Those whose sales are mostly posted in vouchers of their own without a number, and in which one is open. */
export function storesToSearch(
  inputs: readonly StoreInput[],
  exceptions: readonly ReconciliationException[],
): Set<StoreId> {
  const open = new Set(exceptions.filter(isOpenWithoutNumber).map(({ storeId }) => storeId));
  return new Set(
    inputs.flatMap(({ day: { storeId, documents }, entries, known }) => {
      if (!known || !open.has(storeId)) return [];
      const named = new Set(entries.map(({ documentNumber }) => documentNumber));
      const vouchers = new Set(
        entries.flatMap(({ documentNumber, voucher }) => (documentNumber === '' ? [voucher] : [])),
      );
      const unnamed = documents.filter(({ documentId }) => !named.has(documentId)).length;
      return vouchers.size > 0 && 2 * vouchers.size >= unnamed ? [storeId] : [];
    }),
  );
}

function isOpenWithoutNumber({ category, claim }: ReconciliationException): boolean {
  if (category === 'wrong-date' || category === 'wrong-store') return false;
  switch (claim.kind) {
    case 'not-posted':
      return claim.till === undefined;
    case 'not-sold':
      return 'voucher' in claim;
    case 'posted-again':
      return !claim.named;
    default:
      return claim.kind === 'some-not-posted';
  }
}
