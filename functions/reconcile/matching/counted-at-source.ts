import type { DayInputs } from '../../../shared/azure/days/days.ts';
import { toTotal } from '../../../shared/money.ts';
import type {
  ControlTotals,
  LandedControl,
  LedgerFileControl,
} from '../../../shared/reconciliation/control-totals.ts';
import { missingFromTotals, type UncoveredPart } from '../../../shared/reconciliation/uncovered.ts';

/**
 * What landing and indexing counted of a date, for the proof. Nothing is given where a part was written by a version
 * that did not count, and nothing of what the report leaves out anyway.
 */
export function countedAtSource(inputs: DayInputs, uncovered: readonly UncoveredPart[]): ControlTotals {
  const missing = missingFromTotals(uncovered).filter(
    ({ kind }) => kind !== 'hub-gap' && kind !== 'implausible-date' && kind !== 'unfetched',
  );
  const leftOut = new Set<string>(missing.flatMap(({ storeIds }) => storeIds));
  return {
    landed: landedOf(inputs)?.filter(({ storeId }) => !leftOut.has(storeId)),
    // A file is counted as a whole, so a store that is left out leaves nothing to compare it with.
    ledger: missing.length > 0 ? undefined : filesOf(inputs),
  };
}

function landedOf({ blobs }: DayInputs): LandedControl[] | undefined {
  const sums = new Map<string, { control: LandedControl; transactions: number; gross: bigint }>();
  for (const { control } of blobs) {
    if (!control) return undefined;
    for (const { storeId, currency, transactions, grossMinor } of control) {
      const key = JSON.stringify([storeId, currency]);
      const sum = sums.get(key) ?? { control: { storeId, currency }, transactions: 0, gross: 0n };
      sums.set(key, sum);
      sum.transactions += transactions;
      sum.gross += BigInt(grossMinor);
    }
  }
  return [...sums.values()].map(({ control, transactions, gross }) => ({
    ...control,
    delivered: { transactions, grossMinor: toTotal(gross) },
  }));
}

function filesOf({ ledgerFiles }: DayInputs): LedgerFileControl[] | undefined {
  const controls: LedgerFileControl[] = [];
  for (const { control } of ledgerFiles) {
    if (!control) return undefined;
    for (const { file, currency, rows, debitMinor, creditMinor } of control)
      controls.push({
        file,
        currency,
        rows,
        debitMinor: toTotal(BigInt(debitMinor)),
        creditMinor: toTotal(BigInt(creditMinor)),
      });
  }
  return controls;
}
