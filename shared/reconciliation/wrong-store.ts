import type { BusinessDate } from '../ids.ts';
import { toTotal } from '../money.ts';
import type { CellAmount } from './cell.ts';
import { exceptionIdOf, valueOf, type ReconciliationException } from './exception.ts';
import { groupBy } from './group-by.ts';

/**
 * A document that is missing in one store's books and too many in another's was posted to the wrong store: one cause,
 * so there is one exception with parts in both stores. It must be the only one of its number on both sides, with the same
 * amounts; everything else stays two exceptions.
 */
export function pairWrongStores(
  businessDate: BusinessDate,
  exceptions: readonly ReconciliationException[],
): ReconciliationException[] {
  const lacking = exceptions.filter(
    ({ category, claim }) => category === 'missing-in-ledger' && claim.kind === 'not-posted',
  );
  const surplus = groupBy(
    exceptions.filter(
      ({ category, claim }) =>
        category === 'missing-in-pos' && claim.kind === 'not-sold' && 'documentNumber' in claim,
    ),
    ({ subject }) => subject,
  );
  const merged = new Map<ReconciliationException, ReconciliationException | undefined>();
  for (const [subject, [missing, ...moreMissing]] of groupBy(lacking, (exception) => exception.subject)) {
    const [extra, ...moreExtra] = surplus.get(subject) ?? [];
    if (!missing || !extra || moreMissing.length + moreExtra.length > 0) continue;
    if (missing.storeId === extra.storeId || !offset(missing.parts, extra.parts)) continue;
    merged.set(missing, wrongStore(businessDate, missing, extra));
    merged.set(extra, undefined);
  }
  return exceptions.flatMap((exception) => {
    if (!merged.has(exception)) return [exception];
    const pair = merged.get(exception);
    return pair ? [pair] : [];
  });
}

function offset(left: readonly CellAmount[], right: readonly CellAmount[]): boolean {
  const textOf = (parts: readonly CellAmount[], sign: 1n | -1n): string =>
    JSON.stringify(
      parts
        .map(({ account, currency, amountMinor }) =>
          JSON.stringify([account, currency, (sign * BigInt(amountMinor)).toString()]),
        )
        .sort(),
    );
  return textOf(left, 1n) === textOf(right, -1n);
}

function wrongStore(
  businessDate: BusinessDate,
  missing: ReconciliationException,
  extra: ReconciliationException,
): ReconciliationException {
  const { storeId, subject } = missing;
  const parts = [...missing.parts, ...extra.parts];
  return {
    ...missing,
    exceptionId: exceptionIdOf(businessDate, storeId, 'wrong-store', subject),
    category: 'wrong-store',
    class: 'adjustment required',
    detail: `Posted to store ${extra.storeId} instead of ${storeId}`,
    amountMinor: toTotal(valueOf(storeId, parts, false).amountMinor),
    parts,
    evidence: { ...missing.evidence, journalLines: extra.evidence.journalLines },
  };
}
