import { PermanentError } from '../../../errors.ts';
import { currencySchema, divideRounded, exponentOf, parseDecimal, type Currency } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';
import type { Catalog } from '../../master-data.ts';
import type { Store } from '../../store.ts';
import type { ShopifyMoneySet, ShopifyOrder } from './order-schema.ts';

type Side = 'shop_money' | 'presentment_money';

/** The store whose currency decides which side is booked. */
export function bookingStoreOf({ location_id: location }: ShopifyOrder, catalog: Catalog): Store | undefined {
  return location === undefined ? undefined : catalog.storeOfSource('shopify', String(location));
}

/** Whether the order is booked in the currency that the customer paid with, in contrast to the shop's. */
export const isBookedAsPresented = (order: ShopifyOrder, store: Store | undefined): boolean =>
  store !== undefined && store.currency !== order.currency && store.currency === order.presentment_currency;

/** Digits of a decimal text that are read exactly before it is rounded to the currency's own. */
const DIGITS = 8;

/**
 * Shopify gives each amount twice: in the shop's currency and in the currency that the customer paid with. One side is
 * booked, the same for the whole order: the side that is in the currency of the store, else the shop's.
 */
export class Amounts {
  readonly currency: Currency;
  readonly #side: Side;
  readonly #plainFits: boolean;
  readonly #quality: Quality;

  /** @throws PermanentError `schema` */
  constructor(order: ShopifyOrder, store: Store | undefined, quality: Quality) {
    const isPresentment = isBookedAsPresented(order, store);
    const parsed = currencySchema.safeParse(isPresentment ? order.presentment_currency : order.currency);
    if (!parsed.success) {
      throw new PermanentError('schema', 'The currency is not in ISO 4217', { where: '/order/currency' });
    }
    this.currency = parsed.data;
    this.#side = isPresentment ? 'presentment_money' : 'shop_money';
    // Plain texts are in the currency of the shop.
    this.#plainFits = this.currency === order.currency;
    this.#quality = quality;
  }

  /**
   * @param plain the amount outside of its set.
   * @throws PermanentError `schema` where the amount is not given in our currency. What is missing is no zero.
   */
  minorOf(set: ShopifyMoneySet, plain: string | undefined, where: string): number {
    const money = set?.[this.#side];
    if (money && money.currency_code === this.currency) return this.parse(money.amount, where);
    if (plain !== undefined && this.#plainFits) return this.parse(plain, where);
    throw new PermanentError('schema', `has no amount in ${this.currency}`, { where });
  }

  /** As `minorOf`, and 0 where the field is left out altogether. */
  optionalMinorOf(set: ShopifyMoneySet, plain: string | undefined, where: string): number {
    return set === undefined && plain === undefined ? 0 : this.minorOf(set, plain, where);
  }

  /** A decimal text of our currency; one that is finer is rounded, and said. */
  parse(text: string, where: string): number {
    const fine = parseDecimal(text, DIGITS);
    if (fine === undefined) throw new PermanentError('schema', 'is no decimal amount', { where });
    const step = 10n ** BigInt(DIGITS - exponentOf(this.currency));
    if (BigInt(fine) % step !== 0n) this.#quality.flag('amount-rounded', where);
    return Number(divideRounded(BigInt(fine), step));
  }
}
