import { exponentOf, type Currency } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import type { Quality } from '../../enrich.ts';
import type { Tender } from '../../event.ts';
import { minorOfUnits } from '../vendor-amounts.ts';

/**
 * Currencies that Adyen gives other decimals than ISO 4217 does. https://docs.adyen.com/development-resources/currency-codes
 */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ['CLP', 2],
  ['CVE', 0],
  ['IDR', 0],
  ['ISK', 2],
]);

export const adyenMinor = (value: number, currency: Currency, where: string, quality: Quality): number =>
  minorOfUnits(value, DECIMALS.get(currency) ?? exponentOf(currency), currency, where, quality);

const CARD =
  /^(?:visa|mc|mastercard|amex|maestro|diners|discover|jcb|cup|unionpay|bcmc|cartebancaire|dankort|elo|hiper|interac|eftpos|girocard|electron|vpay|accel|pulse|star|nyce|troy|uatp|korean_local_card)/;
const GIFT_CARD = /^(?:giftcard|genericgiftcard|givex|svs|valuelink|fiserv_giftcard|intersolve)|giftcard$/;
const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  alipay: 'mobile',
  alipay_hk: 'mobile',
  wechatpay: 'mobile',
  wechatpay_pos: 'mobile',
  paypal: 'mobile',
  swish: 'mobile',
  vipps: 'mobile',
  mobilepay: 'mobile',
  twint: 'mobile',
  twint_pos: 'mobile',
  bizum: 'mobile',
  mbway: 'mobile',
  pix: 'mobile',
  paynow_pos: 'mobile',
  klarna: 'account',
  klarna_account: 'account',
  afterpay_default: 'account',
};

/** Our tender type for a payment method or one of its variants, such as `visa_applepay`. */
export function tenderTypeOf(paymentMethod: string | undefined, quality: Quality): Tender['type'] {
  const name = (paymentMethod ?? '').toLowerCase();
  if (GIFT_CARD.test(name)) return 'giftCard';
  if (CARD.test(name)) return 'card';
  const type = ownValue(TENDER_OF, name);
  if (type === undefined) quality.flag('unknown-tender', '/paymentMethod');
  return type ?? 'other';
}
