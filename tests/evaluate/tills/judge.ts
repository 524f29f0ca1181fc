import type { Alert } from '../../../shared/alerts/alert.ts';
import { limitsOf, type LimitsFile } from '../../../shared/alerts/limits.ts';
import type { BusinessDate, OperatorId } from '../../../shared/ids.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import type { Product } from '../../../shared/pos/product.ts';
import type { Store } from '../../../shared/pos/store.ts';
import { businessDayBounds, HOUR_MS, MINUTE_MS, minuteOf } from '../../../shared/time.ts';
import { cashierRates } from '../../../shared/tills/cashier-rates.ts';
import { newTillBook, type TillBook } from '../../../shared/tills/till-book.ts';
import { judgeCashiers, watchTills, type Watched } from '../../../shared/tills/till-clock.ts';
import { settledFor, type TillContext } from '../../../shared/tills/till-context.ts';
import { foldTills } from '../../../shared/tills/till-fold.ts';

export interface Input {
  readonly stores: readonly Store[];
  readonly products: readonly Product[];
  readonly limits: LimitsFile;
  readonly events: readonly PosEvent[];
}

/** One cashier's rate on the last day, with how odd it is. */
export interface Scored {
  readonly storeId: string;
  readonly operatorId: string;
  readonly kind: string;
  /** The negative decimal logarithm of the share of false ones among those as odd. */
  readonly score: number;
}

export interface Judged {
  readonly alerts: readonly Alert[];
  readonly scored: readonly Scored[];
}

const WATCH_MS = 10 * MINUTE_MS;

/** Plays the events through the product's own fold, with its clock every ten minutes and at the end of every business date. */
export function judge({ stores, products, limits: file, events }: Input): Judged {
  const limits = limitsOf(file);
  const catalog = {
    stores: new Map(stores.map((store) => [store.storeId, store])),
    products: new Map(products.map((product) => [product.productId, product])),
  };
  const context: TillContext = { catalog, limits };
  const alerts: Alert[] = [];
  const scored: Scored[] = [];
  for (const store of stores) {
    const { storeId } = store;
    const settled = settledFor(storeId, context);
    const book = newTillBook();
    const watched: Watched = { storeId, store, records: book.records };
    const own = events.filter((event) => event.storeId === storeId);
    let nowMs = Math.floor(Date.parse(own[0]?.receivedAt ?? '1970-01-01') / WATCH_MS) * WATCH_MS;
    let date = own[0]?.businessDate;
    const clockTo = (untilMs: number): void => {
      for (; nowMs + WATCH_MS <= untilMs; nowMs += WATCH_MS) {
        alerts.push(...watchTills(watched, nowMs + WATCH_MS, settled));
        if (date !== undefined && nowMs >= endOf(store, date)) {
          alerts.push(...judgeCashiers(watched, date, settled));
          date = undefined;
        }
      }
    };
    for (const [index, event] of own.entries()) {
      clockTo(Date.parse(event.receivedAt));
      date = event.businessDate;
      alerts.push(...folded(book, event, index, context));
    }
    const last = own.reduce(
      (newest, { businessDate }) => (businessDate > newest ? businessDate : newest),
      own[0]?.businessDate ?? ('' as BusinessDate),
    );
    clockTo(endOf(store, last) + 2 * HOUR_MS);
    const roleOf = (operatorId: OperatorId): string => limits.rolesOf({ storeId, operatorId });
    for (const [{ kind }, views] of cashierRates(book.records.values(), last, settled.rules.rates, roleOf))
      for (const { operatorId, falseShare } of views)
        scored.push({ storeId, operatorId, kind, score: -Math.log10(Math.max(falseShare, 1e-300)) });
  }
  return { alerts: unique(alerts), scored };
}

const endOf = ({ timeZone, cutOver }: Store, date: BusinessDate): number =>
  businessDayBounds(date, timeZone, minuteOf(cutOver)).endMs + HOUR_MS;

function folded(book: TillBook, event: PosEvent, at: number, context: TillContext): Alert[] {
  return book.admit({ event, hubPartition: '0', hubSequenceNumber: at }) === 'new'
    ? foldTills(book, event, context)
    : [];
}

/** Whoever sends alerts drops what has an id that was there before. */
const unique = (alerts: readonly Alert[]): Alert[] => [
  ...new Map(alerts.map((alert) => [alert.alertId, alert])).values(),
];
