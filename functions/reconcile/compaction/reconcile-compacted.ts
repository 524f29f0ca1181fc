import type { SetWork } from '../../../shared/azure/duckdb/set-work.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { CompactedStore } from '../../../shared/lake/compacted-store.ts';
import type { Elsewhere } from '../../../shared/reconciliation/other-dates.ts';
import {
  reconcileStores,
  type Reconciled,
  type StoreInput,
} from '../../../shared/reconciliation/reconcile-shard.ts';
import { inputOf, mustJudgeWhole, planStores, setWorkFaults, wholeInput } from './compacted-inputs.ts';

export interface JudgedStore {
  readonly input: StoreInput;
  readonly reconciled: Reconciled;
}

/**
 * Reconciles the stores of a compacted date one after the other: DuckDB finds what does not tie, and the plain matcher
 * judges that. Only one store's open documents are held at a time.
 * @param complete adds what lies outside of the set work, such as rows that could not be read.
 * @param isLeftOut whether a store has no books, as an event of it could not be taken.
 * @param onFailed hears of a store that cannot be reconciled; it costs itself alone.
 */
export async function* reconcileCompacted(
  work: SetWork,
  stores: ReadonlyMap<StoreId, CompactedStore>,
  businessDate: BusinessDate,
  elsewhere: Elsewhere,
  complete: (input: StoreInput) => StoreInput,
  isKnown: (storeId: StoreId) => boolean,
  onFailed: (storeId: StoreId, thrown: unknown) => void,
  isLeftOut: (storeId: StoreId) => boolean = () => false,
): AsyncGenerator<JudgedStore> {
  for (const store of await planStores(work, stores, isKnown)) {
    if (isLeftOut(store.storeId)) continue;
    const judge = (input: StoreInput): JudgedStore => {
      const whole = complete(input);
      return { input: whole, reconciled: reconcileStores(businessDate, [whole], elsewhere) };
    };
    let input = await inputOf(work, store);
    let judged: JudgedStore;
    try {
      judged = judge(input);
    } catch (thrown) {
      onFailed(store.storeId, thrown);
      continue;
    }
    const faults = setWorkFaults(store, input);
    if (mustJudgeWhole(store, judged.reconciled.exceptions)) {
      input = await wholeInput(work, store);
      try {
        judged = judge(input);
      } catch (thrown) {
        onFailed(store.storeId, thrown);
        continue;
      }
    }
    const { reconciled } = judged;
    yield faults.length === 0
      ? judged
      : {
          ...judged,
          reconciled: { ...reconciled, claimViolations: [...reconciled.claimViolations, ...faults] },
        };
  }
}
