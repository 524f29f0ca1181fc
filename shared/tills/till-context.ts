import { DEFAULT_LIMITS, type Limits } from '../alerts/limits.ts';
import type { ProductId, StoreId } from '../ids.ts';
import type { Product } from '../pos/product.ts';
import type { Store } from '../pos/store.ts';
import { DATED_SUBJECTS, TRAIL_SUBJECTS } from './day-tally.ts';
import { TILL_RULES } from './rules/list.ts';
import type { AnyCashierRate } from './cashier-rate.ts';
import type { AnyTillRule, Knowledge, Subject } from './rules/rule.ts';

/** What the rules about tills know besides the events; each has its default. */
export interface TillContext {
  readonly limits?: Limits;
  readonly catalog?: {
    readonly stores: ReadonlyMap<StoreId, Store>;
    readonly products: ReadonlyMap<ProductId, Product>;
  };
  readonly rules?: readonly AnyTillRule[];
}

/** The same for the events of one store, with the rules by their subject. */
export interface Settled {
  readonly limits: Limits;
  readonly known: Knowledge;
  readonly rules: RulesBySubject;
}
type RulesBySubject = Readonly<Record<Subject, readonly AnyTillRule[]>> & {
  /** Those about cashiers, with how they are counted. */
  readonly rates: readonly AnyCashierRate[];
};

export function settledFor(
  storeId: StoreId,
  { limits = DEFAULT_LIMITS, catalog, rules = TILL_RULES }: TillContext,
): Settled {
  return {
    limits,
    known: {
      store: catalog?.stores.get(storeId),
      products: catalog?.products,
      priceMinor: (productId, currency) => catalog?.products.get(productId)?.priceMinor[currency],
    },
    rules: bySubject(rules),
  };
}

const sorted = new WeakMap<readonly AnyTillRule[], RulesBySubject>();

/** Asked for every event, and the same list again and again. */
function bySubject(rules: readonly AnyTillRule[]): RulesBySubject {
  let found = sorted.get(rules);
  if (!found) {
    const about = (subject: Subject) => rules.filter((rule) => rule.subject === subject);
    const lists = SUBJECTS.map((subject) => [subject, about(subject)] as const);
    const all = Object.fromEntries(lists) as unknown as Record<Subject, readonly AnyTillRule[]>;
    found = { ...all, rates: all.cashier as unknown as readonly AnyCashierRate[] };
    sorted.set(rules, found);
  }
  return found;
}

const SUBJECTS: readonly Subject[] = [
  'shift',
  ...DATED_SUBJECTS,
  ...TRAIL_SUBJECTS,
  'numbers',
  'case',
  'silence',
  'cashier',
];
