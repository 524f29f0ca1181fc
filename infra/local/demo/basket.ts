import { divideRounded, extendMinor } from '../../../shared/money.ts';
import type { OperatorId } from '../../../shared/ids.ts';
import type { TransactionEvent, TransactionLine } from '../../../shared/pos/event.ts';
import type { DemoStore } from './chain.ts';
import { DEMO_PRODUCTS, GIFT_CARD_CODE, ORDER_DEPOSIT_CODE, type DemoProduct } from './products.ts';
import type { Random } from './random.ts';

/** A line as the till sends it, and the product it takes from the shelf. */
export interface BasketLine {
  readonly line: Omit<TransactionLine, 'productId'>;
  readonly product: DemoProduct | undefined;
}

const BY_WEIGHT = DEMO_PRODUCTS.map((item) => ({ item, weight: item.weight }));
const BASKET_SIZES: readonly { item: readonly [low: number, high: number]; weight: number }[] = [
  { item: [1, 2], weight: 40 },
  { item: [3, 5], weight: 38 },
  { item: [6, 10], weight: 18 },
  { item: [11, 24], weight: 4 },
];

export interface BasketOptions {
  readonly store: DemoStore;
  readonly random: Random;
  /** Central promotions of the day: prices by product id. */
  readonly promotions: ReadonlyMap<string, number>;
  readonly approver: OperatorId;
  /** Stock by product id: nobody can buy what is not there. */
  readonly stock: Pick<ReadonlyMap<string, number>, 'get'>;
}

/** A basket with a random mix of weighed goods, promotions, discounts, price overrides and voided lines. */
export function basketOf(options: BasketOptions): BasketLine[] {
  const { random } = options;
  const [low, high] = random.weighted(BASKET_SIZES);
  return Array.from({ length: random.int(low, high) }, (_, index) => saleLine(options, index + 1));
}

function saleLine(options: BasketOptions, lineNumber: number): BasketLine {
  const { random } = options;
  const { product, quantityMilli } = fromTheShelf(options);
  const regular = priceOf(options.store, product);
  const overridden = random.chance(4);
  const actual = overridden
    ? Math.max(1, Number(divideRounded(BigInt(regular) * 8n, 10n)))
    : (options.promotions.get(product.productId) ?? regular);
  const full = extendMinor(actual, quantityMilli);
  const discounts = discountsOf(random, full, quantityMilli, actual);
  const taken = discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return {
    product,
    line: {
      lineNumber,
      type: 'sale',
      productCode: random.pick(product.codes),
      description: product.description,
      quantityMilli,
      unit: product.unit,
      regularUnitPriceMinor: regular,
      actualUnitPriceMinor: actual,
      extendedAmountMinor: full - taken,
      ...(discounts.length > 0 ? { discounts } : {}),
      ...taxesOf(options.store, product, full - taken),
      ...(random.chance(6) ? { voided: true } : {}),
      ...(overridden ? { priceOverride: { reason: 'damaged', approvedBy: options.approver } } : {}),
    },
  };
}

const PIECES = [
  { item: 1, weight: 76 },
  { item: 2, weight: 16 },
  { item: 3, weight: 4 },
  { item: 4, weight: 4 },
] as const;

function fromTheShelf({ random, stock }: BasketOptions): { product: DemoProduct; quantityMilli: number } {
  for (;;) {
    const product = random.weighted(BY_WEIGHT);
    const quantityMilli = product.unit === 'kg' ? random.int(12, 160) * 10 : 1000 * random.weighted(PIECES);
    // Several lines of a basket may hold the same product, so leave more than one line needs.
    if ((stock.get(product.productId) ?? 0) >= 2 * quantityMilli) return { product, quantityMilli };
  }
}

function discountsOf(random: Random, fullMinor: number, quantityMilli: number, unitMinor: number) {
  if (quantityMilli >= 3000) return [{ amountMinor: unitMinor, reason: '3 for 2', manual: false }];
  if (random.chance(8)) {
    const amountMinor = Number(divideRounded(BigInt(fullMinor), 10n));
    return [{ amountMinor, reason: 'customer courtesy', manual: true }];
  }
  return [];
}

function priceOf({ store }: DemoStore, product: DemoProduct): number {
  const price = product.priceMinor[store.currency];
  if (price === undefined) throw new RangeError(`${product.productId} has no price in ${store.currency}`);
  return price;
}

/** The line's tax in minor units, calculated per line like the chain's tills do; none for exempt goods. */
function taxesOf(
  { taxes, taxIncluded }: DemoStore,
  product: DemoProduct,
  extendedMinor: number,
): Pick<TransactionLine, 'taxes'> {
  const { code, rateBasisPoints } = taxes[product.taxClass];
  if (rateBasisPoints === 0) return {};
  const rate = BigInt(rateBasisPoints);
  const amountMinor = Number(
    divideRounded(BigInt(extendedMinor) * rate, taxIncluded ? 10_000n + rate : 10_000n),
  );
  const taxableMinor = taxIncluded ? extendedMinor - amountMinor : extendedMinor;
  return { taxes: [{ code, rateBasisPoints, taxableMinor, amountMinor }] };
}

/** Returns the given line in full. */
export function returnLine({ line, product }: BasketLine, lineNumber: number): BasketLine {
  const { discounts, taxes, priceOverride: _override, ...rest } = line;
  return {
    product,
    line: {
      ...rest,
      lineNumber,
      type: 'return',
      quantityMilli: -line.quantityMilli,
      extendedAmountMinor: -line.extendedAmountMinor,
      ...(discounts
        ? { discounts: discounts.map((one) => ({ ...one, amountMinor: -one.amountMinor })) }
        : {}),
      ...(taxes
        ? {
            taxes: taxes.map((tax) => ({
              ...tax,
              taxableMinor: 0 - tax.taxableMinor,
              amountMinor: 0 - tax.amountMinor,
            })),
          }
        : {}),
    },
  };
}

/** A product that is sold before it is in the master data. */
export const UNKNOWN_PRODUCT_CODE = '4099999999990';

export function unknownProductLine(store: DemoStore, lineNumber: number): BasketLine {
  const priceMinor = (store.notesMinor[0] ?? 500) - 1;
  // Tax-exempt, so the till needs no tax class for it.
  return {
    product: undefined,
    line: {
      lineNumber,
      type: 'sale',
      productCode: UNKNOWN_PRODUCT_CODE,
      description: 'Advent calendar',
      quantityMilli: 1000,
      unit: 'each',
      regularUnitPriceMinor: priceMinor,
      actualUnitPriceMinor: priceMinor,
      extendedAmountMinor: priceMinor,
    },
  };
}

export const giftCardLine = (amountMinor: number): BasketLine => moneyLine('giftCard', amountMinor);
export const depositLine = (amountMinor: number): BasketLine => moneyLine('deposit', amountMinor);

function moneyLine(type: 'giftCard' | 'deposit', amountMinor: number): BasketLine {
  return {
    product: undefined,
    line: {
      lineNumber: 1,
      type,
      productCode: type === 'giftCard' ? GIFT_CARD_CODE : ORDER_DEPOSIT_CODE,
      quantityMilli: 1000,
      unit: 'each',
      regularUnitPriceMinor: amountMinor,
      actualUnitPriceMinor: amountMinor,
      extendedAmountMinor: amountMinor,
    },
  };
}

export type Totals = Pick<TransactionEvent['totals'], 'netMinor' | 'taxMinor' | 'grossMinor'>;

/** Voided lines do not count. */
export function totalsOf(lines: readonly BasketLine[], taxIncluded: boolean): Totals {
  let extended = 0;
  let taxMinor = 0;
  for (const { line } of lines) {
    if (line.voided === true) continue;
    extended += line.extendedAmountMinor;
    for (const tax of line.taxes ?? []) taxMinor += tax.amountMinor;
  }
  const grossMinor = taxIncluded ? extended : extended + taxMinor;
  return { netMinor: grossMinor - taxMinor, taxMinor, grossMinor };
}
