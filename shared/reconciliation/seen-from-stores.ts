import { toTotal } from '../money.ts';
import { valueOf, type ReconciliationException } from './exception.ts';

/**
 * An exception as some stores see it; none where it does not concern them. One of another store that touches one of these
 * shows its effect here, without that store's documents.
 */
export function seenFromStores(
  exception: ReconciliationException,
  stores: ReadonlySet<string>,
): ReconciliationException[] {
  const parts = exception.parts.filter((part) => stores.has(part.storeId));
  if (stores.has(exception.storeId)) return [{ ...exception, parts }];
  const [first] = parts;
  if (!first) return [];
  // Seen from the other store of a wrong posting, the ledger has too much.
  const { amountMinor, currency } = valueOf(first.storeId, parts, true);
  return [
    {
      ...exception,
      storeId: first.storeId,
      amountMinor: toTotal(amountMinor),
      currency,
      parts,
      evidence: { transactionIds: [], eventIds: [], journalLines: [], omitted: 0 },
    },
  ];
}
