import { PermanentError } from '../../../errors.ts';
import type { Currency } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';
import type { Catalog } from '../../master-data.ts';
import type { Store } from '../../store.ts';
import { minorOfDecimal, vendorCurrency } from '../vendor-amounts.ts';
import type { ShopifyMoneySet, ShopifyOrder } from './order-schema.ts';

type Side = 'shop_money' | 'presentment_money';

/** The store whose currency decides which side is booked. */
export function bookingStoreOf({ location_id: location }: ShopifyOrder, catalog: Catalog): Store | undefined {
  return location === undefined ? undefined : catalog.storeOfSource('shopify', String(location));
}

/** Whether the order is booked in the currency that the customer paid with, in contrast to the shop's. */
export const isBookedAsPresented = (order: ShopifyOrder, store: Store | undefined): boolean =>
  store !== undefined && store.currency !== order.currency && store.currency === order.presentment_currency;

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
    const code = isPresentment ? (order.presentment_currency ?? '') : order.currency;
    this.currency = vendorCurrency(code, '/order/currency');
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
    return minorOfDecimal(text, this.currency, where, this.#quality);
  }
}
