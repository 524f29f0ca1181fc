import type { InspectedSale } from './sales.ts';

/**
 * How odd a sale is beside others of its product and its seller. Prices and quantities are compared as logarithms, since half and double
 * are as odd as each other, with medians and median deviations, which the frauds among them hardly move. All is learned from the
 * training part; no outcome is used.
 */
interface Centre {
  readonly median: number;
  /** 1.4826 times the median deviation: the standard deviation, if it were a normal distribution. */
  readonly spread: number;
  readonly count: number;
}

interface Centres {
  readonly price: ReadonlyMap<string, Centre>;
  readonly quantity: ReadonlyMap<string, Centre>;
  readonly value: ReadonlyMap<string, Centre>;
}

const TO_SIGMA = 1.4826;
/** A product with few sales borrows so many from all others to know how far its prices scatter. */
const BORROWED = 10;
const LEAST_SPREAD = 0.05;

export const unitPriceOf = ({ quantity, value }: InspectedSale): number | undefined =>
  quantity === undefined || value === undefined || quantity <= 0 || value <= 0 ? undefined : value / quantity;

const logOf = (value: number | undefined): number | undefined =>
  value === undefined || value <= 0 ? undefined : Math.log(value);

function centresOf(sales: readonly InspectedSale[]): Centres {
  return {
    price: byProduct(sales, (sale) => logOf(unitPriceOf(sale))),
    quantity: byProduct(sales, ({ quantity }) => logOf(quantity)),
    value: byProduct(sales, ({ value }) => logOf(value)),
  };
}

function byProduct(
  sales: readonly InspectedSale[],
  measure: (sale: InspectedSale) => number | undefined,
): Map<string, Centre> {
  const values = new Map<string, number[]>();
  for (const sale of sales) {
    const value = measure(sale);
    if (value === undefined) continue;
    const others = values.get(sale.product);
    if (others) others.push(value);
    else values.set(sale.product, [value]);
  }
  const raw = [...values].map(([product, list]) => [product, centreOf(list)] as const);
  const usual =
    medianOf(raw.filter(([, { count }]) => count >= BORROWED).map(([, { spread }]) => spread)) || 0.5;
  return new Map(
    raw.map(([product, { median, spread, count }]) => {
      const shared = Math.sqrt((count * spread ** 2 + BORROWED * usual ** 2) / (count + BORROWED));
      return [product, { median, count, spread: Math.max(LEAST_SPREAD, shared) }];
    }),
  );
}

function centreOf(values: readonly number[]): Centre {
  const median = medianOf(values);
  const spread = TO_SIGMA * medianOf(values.map((value) => Math.abs(value - median)));
  return { median, spread, count: values.length };
}

export function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

export const FEATURES = [
  'price away',
  'price',
  'quantity',
  'value',
  'log price',
  'log quantity',
  'log value',
  'price spread',
  'sales of the product',
  'sales of the seller',
  'oddness of the seller',
  'no quantity',
  'no value',
] as const;

export interface Oddness {
  /** Rows of `FEATURES`, as the trees take them. */
  readonly rows: Float32Array;
  /** The price and quantity score, which learns from no outcome. */
  readonly scores: Float64Array;
}

export function oddnessOf(sales: readonly InspectedSale[], train: readonly InspectedSale[]): Oddness {
  const centres = centresOf(train);
  const sellers = sellersOf(train, centres);
  const rows = new Float32Array(sales.length * FEATURES.length);
  const scores = new Float64Array(sales.length);
  for (const [at, sale] of sales.entries()) {
    const price = away(centres.price.get(sale.product), logOf(unitPriceOf(sale)));
    const quantity = away(centres.quantity.get(sale.product), logOf(sale.quantity));
    const value = away(centres.value.get(sale.product), logOf(sale.value));
    const seller = sellers.get(sale.seller);
    rows.set(
      [
        Math.abs(price),
        price,
        quantity,
        value,
        logOf(unitPriceOf(sale)) ?? -99,
        logOf(sale.quantity) ?? -99,
        logOf(sale.value) ?? -99,
        centres.price.get(sale.product)?.spread ?? 0,
        centres.price.get(sale.product)?.count ?? 0,
        seller?.count ?? 0,
        seller?.median ?? 0,
        sale.quantity === undefined ? 1 : 0,
        sale.value === undefined ? 1 : 0,
      ],
      at * FEATURES.length,
    );
    scores[at] = Math.abs(price) + 0.25 * Math.max(0, Math.abs(quantity) - 2);
  }
  return { rows, scores };
}

const away = (centre: Centre | undefined, value: number | undefined): number =>
  centre === undefined || value === undefined ? 0 : (value - centre.median) / centre.spread;

/** How odd the usual sale of a seller is. */
function sellersOf(train: readonly InspectedSale[], { price }: Centres): Map<string, Centre> {
  const odd = new Map<string, number[]>();
  for (const sale of train) {
    const found = Math.abs(away(price.get(sale.product), logOf(unitPriceOf(sale))));
    const others = odd.get(sale.seller);
    if (others) others.push(found);
    else odd.set(sale.seller, [found]);
  }
  return new Map([...odd].map(([seller, values]) => [seller, centreOf(values)]));
}
