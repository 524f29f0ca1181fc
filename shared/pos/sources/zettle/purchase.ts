import { PermanentError } from '../../../errors.ts';
import { addMinor, exponentOf, type Currency } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import { toInstant, type Instant } from '../../../time.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import type { Tender } from '../../event.ts';
import type { Catalog } from '../../master-data.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { eventOfDraft, textField } from '../transaction-draft.ts';
import { vendorCurrency } from '../vendor-amounts.ts';
import { purchaseIdOf, type ZettlePayment, type ZettlePurchase } from './purchase-schema.ts';
import { rowsOf, withTaxes } from './rows.ts';

/** What is known beside the purchase itself. */
export interface PurchaseContext extends ReadContext {
  /** Whose purchase it is, where the purchase does not say: the API's purchases name no organisation. */
  readonly organization?: string | undefined;
  readonly operator?: string | undefined;
}

/**
 * A purchase is a receipt and never changes; a refund is a purchase of its own. Webhook and API give the same event.
 * @throws PermanentError `schema`
 */
export function mapZettlePurchase(purchase: ZettlePurchase, context: PurchaseContext): MappedRecord {
  const id = purchaseIdOf(purchase);
  if (id === undefined)
    throw new PermanentError('schema', 'The purchase has no id', { where: '/purchaseUUID1' });
  const quality = new Quality();
  const currency = vendorCurrency(purchase.currency, '/currency');
  const { store, storeId } = storeOf(context.catalog, 'zettle', locationOf(purchase, context), quality);
  const occurredAt = timeOf(purchase, quality);
  const rows = rowsOf(purchase, context.catalog, quality);
  const rowsMinor = addMinor(...rows.map(({ line }) => line.extendedAmountMinor));
  const taxIncluded = isTaxIncluded(purchase, rowsMinor, quality);
  const { lines, taxMinor } = withTaxes(rows, taxIncluded, purchase.vatAmount, quality);
  const { payments } = purchase;
  const tipMinor = addMinor(...payments.map((payment) => tipOf(payment)));
  const paidMinor = addMinor(...payments.map(({ amount }) => amount));
  const roundingMinor = roundingOf(
    purchase,
    addMinor(paidMinor, -tipMinor, -purchase.amount),
    currency,
    quality,
  );
  const original = purchase.refundsPurchaseUUID1 ?? purchase.refundsPurchaseUuid;
  return eventOfDraft(
    {
      source: 'zettle',
      transactionId: id,
      version: 1,
      storeId,
      // Which device it was is only in the webhook; an event must not depend on how it came.
      tillId: purchase.source === 'WEB_SHOP' ? 'web-shop' : 'zettle',
      operator: context.operator,
      occurredAt,
      businessDate: businessDateFor(undefined, occurredAt, store, quality),
      receiptNumber: purchase.purchaseNumber === undefined ? undefined : String(purchase.purchaseNumber),
      status: 'completed',
      currency,
      taxIncluded,
      lines,
      taxMinor,
      tipMinor,
      roundingMinor,
      tenders: payments.map((payment) => tenderOf(payment, quality)),
      returnOf: original === undefined ? undefined : { transactionId: original },
      quality,
    },
    context,
  );
}

/** No purchase names a store: the location from which its goods come, else the organisation, or the sender, must be one. */
function locationOf(
  { products, organizationUuid }: ZettlePurchase,
  { catalog, organization, sender }: PurchaseContext,
): string {
  const owner = organizationUuid ?? organization;
  const candidates = [
    ...products.flatMap(({ fromLocationUuid, toLocationUuid }) => [fromLocationUuid, toLocationUuid]),
    owner,
    sender,
  ].filter((one) => one !== undefined);
  const known = candidates.find((one) => isLocation(catalog, one));
  if (known !== undefined) return known;
  if (owner !== undefined) return owner;
  if (candidates[0] !== undefined) return candidates[0];
  throw new PermanentError('schema', 'Nothing says in which store it was', { where: '/organizationUuid' });
}

export const isLocation = (catalog: Catalog, location: string): boolean =>
  catalog.storeOfSource('zettle', location) !== undefined;

function timeOf({ created, timestamp }: ZettlePurchase, quality: Quality): Instant {
  if (created === undefined && typeof timestamp === 'number') return toInstant(timestamp);
  const text = created ?? String(timestamp ?? '');
  // Zettle writes its offset without a colon.
  const at = instantOf(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'), undefined, quality);
  if (at === undefined) throw new PermanentError('schema', 'The purchase has no time', { where: '/created' });
  return at;
}

/** The API does not say whether prices hold the tax; what adds up does. */
function isTaxIncluded(
  { amount, vatAmount, taxationMode }: ZettlePurchase,
  rowsMinor: number,
  quality: Quality,
): boolean {
  if (rowsMinor === amount) return true;
  if (addMinor(rowsMinor, vatAmount ?? 0) === amount) return false;
  quality.flag('totals-unbalanced', '/amount');
  return taxationMode !== 'EXCLUSIVE';
}

const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  IZETTLE_CASH: 'cash',
  IZETTLE_CARD: 'card',
  IZETTLE_CARD_ONLINE: 'card',
  GIFTCARD: 'giftCard',
  STORE_CREDIT: 'storeCredit',
  SWISH: 'mobile',
  VIPPS: 'mobile',
  MOBILE_PAY: 'mobile',
  PAYPAL: 'mobile',
  KLARNA: 'account',
  IZETTLE_INVOICE: 'account',
};

const isCash = ({ type }: ZettlePayment): boolean => type === 'IZETTLE_CASH';

/** The tip goes the way of the payment that holds it. */
const tipOf = ({ amount, gratuityAmount = 0 }: ZettlePayment): number =>
  amount < 0 ? 0 - Math.abs(gratuityAmount) : gratuityAmount;

function tenderOf(payment: ZettlePayment, quality: Quality): Tender {
  const type = ownValue(TENDER_OF, payment.type);
  if (type === undefined) quality.flag('unknown-tender', '/payments/type');
  const named = {
    type: type ?? ('other' as const),
    ...textField('label', payment.type),
    ...(payment.uuid === undefined ? {} : { paymentReference: payment.uuid }),
  };
  const { handedAmount, changeAmount } = payment.attributes ?? {};
  const hasChange =
    isCash(payment) && handedAmount !== undefined && changeAmount !== undefined && changeAmount > 0;
  if (!hasChange || handedAmount - changeAmount !== payment.amount)
    return { ...named, amountMinor: payment.amount };
  return { ...named, amountMinor: handedAmount, changeMinor: changeAmount };
}

/**
 * Cash that was paid more or less than the purchase: by less than one unit of the currency it is cash rounding, which Zettle
 * does not name. Both readings are left to finance.
 */
function roundingOf(
  { payments }: ZettlePurchase,
  differenceMinor: number,
  currency: Currency,
  quality: Quality,
): number {
  if (differenceMinor === 0) return 0;
  const isRounding = payments.some(isCash) && Math.abs(differenceMinor) < 10 ** exponentOf(currency);
  quality.flag(isRounding ? 'totals-disagree' : 'totals-unbalanced', '/payments/amount');
  return isRounding ? differenceMinor : 0;
}
