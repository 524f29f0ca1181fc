import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import { UNKNOWN_PRODUCT_CODE } from './basket.ts';
import { demonstrationChain, type Chain } from './chain.ts';
import { withMishaps } from './delivery.ts';
import { plantDifferences, type PlantedDifference } from './ledger-faults.ts';
import { ledgerCsv, vouchersOf } from './ledger-file.ts';
import { randomOf } from './random.ts';
import type { StoreDay } from './store-day.ts';
import { plantAlerts, type PlantedAlert } from './till-faults.ts';
import { storeDay } from './trading-day.ts';
import type { DemoEvent } from './wire.ts';

/** A day of the whole chain: the events, the ledger, and the expected findings. */
export interface DemoDay {
  readonly date: BusinessDate;
  readonly stores: readonly StoreDay[];
  /** By send time. */
  readonly events: readonly DemoEvent[];
  readonly ledger: string;
  readonly plantedAlerts: readonly PlantedAlert[];
  readonly plantedDifferences: readonly PlantedDifference[];
}

/** The days of a run, in sequence: each starts with the stock that the previous one left. */
export function* demoDays(options: {
  readonly stores: number;
  readonly seed: number;
  readonly dates: readonly BusinessDate[];
}): Generator<DemoDay> {
  const chain = demonstrationChain(options.stores);
  let stock: ReadonlyMap<StoreId, ReadonlyMap<string, number>> | undefined;
  for (const date of options.dates) {
    const day = demoDay(chain, date, options.seed, stock);
    stock = new Map(day.stores.map((one) => [one.demoStore.store.storeId, one.stock]));
    yield day;
  }
}

/** Sales of a product that is missing in the master data: no amount differs, but finance must be informed. */
function unknownProducts({ date, events, demoStore }: StoreDay): PlantedDifference[] {
  const { storeId } = demoStore.store;
  return events.flatMap(({ wire }) => {
    if (wire.kind !== 'transaction' || wire.lines[0]?.productCode !== UNKNOWN_PRODUCT_CODE) return [];
    if (wire.lines[0].type !== 'sale') return [];
    return [
      {
        faultId: `${date}-unknown-product-${storeId}`,
        kind: 'unknown-product',
        storeId,
        date,
        what: 'a product was sold that is missing in the master data',
        reference: wire.transactionId,
        cells: [],
      },
    ];
  });
}

function demoDay(
  chain: Chain,
  date: BusinessDate,
  seed: number,
  stockBefore: ReadonlyMap<StoreId, ReadonlyMap<string, number>> | undefined,
): DemoDay {
  const plantedAlerts = plantAlerts(chain, date, seed);
  const stores = chain.stores.map((demoStore) => {
    const before = stockBefore?.get(demoStore.store.storeId);
    return storeDay({
      demoStore,
      profile: chain.postingProfile,
      date,
      seed,
      planted: plantedAlerts,
      // A store that has been closed every day so far still has to count its stock.
      stockBefore: before && before.size > 0 ? before : undefined,
    });
  });
  const vouchers = stores.flatMap(vouchersOf);
  const { rows, badRows, planted } = plantDifferences(vouchers, date, randomOf(seed, date, 'ledger faults'));
  return {
    date,
    stores,
    events: withMishaps(
      stores.flatMap(({ events }) => events),
      randomOf(seed, date, 'mishaps'),
    ),
    ledger: ledgerCsv(rows, badRows),
    plantedAlerts,
    plantedDifferences: [...planted, ...stores.flatMap(unknownProducts)],
  };
}
