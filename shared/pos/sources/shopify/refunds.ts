import { addMinor, divideRounded } from '../../../money.ts';
import { PermanentError } from '../../../errors.ts';
import { withProduct } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';
import { productCodeOf, taxCodeOf, type DraftLine, type LineContext } from './lines.ts';
import { exactId, type ShopifyLine, type ShopifyRefund, type ShopifyTransaction } from './order-schema.ts';
import { isSuccess } from './payments.ts';

/** What a refund is, by its own transactions of the kind `refund`. */
type RefundState = 'paid' | 'pending' | 'failed' | 'no-money';

export interface RefundMoney {
  readonly state: RefundState;
  readonly paid: readonly ShopifyTransaction[];
}

/** @param current the order's transactions by id: a refund's own copy of them may be older. */
export function moneyOf(
  refund: ShopifyRefund,
  current: ReadonlyMap<string, ShopifyTransaction>,
): RefundMoney {
  const ofRefund = (refund.transactions ?? [])
    .map((one) => current.get(String(one.id)) ?? one)
    .filter(({ kind, test }) => kind === 'refund' && test !== true);
  const paid = ofRefund.filter(isSuccess);
  if (ofRefund.some(({ status }) => status === 'pending' || status === undefined || status === 'unknown'))
    return { state: 'pending', paid };
  if (paid.length > 0) return { state: 'paid', paid };
  return { state: ofRefund.length > 0 ? 'failed' : 'no-money', paid };
}

/** What a refund takes back, and what it adjusts, as lines with the signs of returns. */
export function refundLines(refund: ShopifyRefund, context: LineContext): DraftLine[] {
  const items = new Map(context.order.line_items.map((item) => [String(item.id), item]));
  const returned = (refund.refund_line_items ?? [])
    .filter(({ quantity }) => quantity > 0)
    .map((one, index) => {
      const item = items.get(String(one.line_item_id));
      if (item !== undefined) return returnLine(one, item, index, context);
      throw new PermanentError('schema', 'A refund takes back an item that the order does not have', {
        where: `/order/refunds/refund_line_items/${index}`,
      });
    });
  return [...returned, ...adjustmentLines(refund, context)];
}

type RefundLine = NonNullable<ShopifyRefund['refund_line_items']>[number];

function returnLine(one: RefundLine, item: ShopifyLine, index: number, context: LineContext): DraftLine {
  const { order, amounts, catalog, quality } = context;
  const where = `/order/refunds/refund_line_items/${index}`;
  const subtotalMinor = amounts.minorOf(one.subtotal_set, one.subtotal, `${where}/subtotal`);
  const totalTaxMinor = amounts.minorOf(one.total_tax_set, one.total_tax, `${where}/total_tax`);
  const shares = taxShares(item, totalTaxMinor, `${where}/total_tax`, context);
  const channelTaxMinor = addMinor(...shares.filter(({ channel }) => channel).map((tax) => tax.amountMinor));
  const extendedMinor = subtotalMinor - (order.taxes_included ? channelTaxMinor : 0);
  const taxMinor = totalTaxMinor - channelTaxMinor;
  const taxableMinor = order.taxes_included ? extendedMinor - taxMinor : extendedMinor;
  const taxes = shares
    .filter(({ channel }) => !channel)
    .map(({ code, amountMinor }) => ({ code, taxableMinor: -taxableMinor, amountMinor: -amountMinor }));
  const priceMinor = amounts.minorOf(item.price_set, item.price, `${where}/line_item/price`);
  // Its share of the discounts is what makes the difference to the price.
  const discountMinor = addMinor(priceMinor * one.quantity, -subtotalMinor);
  const isGiftCard = item.gift_card === true;
  const line: Omit<TransactionLine, 'lineNumber'> = {
    type: isGiftCard ? 'giftCard' : 'return',
    productCode: productCodeOf(item, catalog),
    quantityMilli: one.quantity * -1000,
    unit: 'each',
    regularUnitPriceMinor: priceMinor,
    actualUnitPriceMinor: priceMinor,
    extendedAmountMinor: -extendedMinor,
    ...(discountMinor <= 0 ? {} : { discounts: [{ amountMinor: -discountMinor, manual: false }] }),
    ...(taxes.length === 0 ? {} : { taxes }),
  };
  return {
    line: isGiftCard ? line : withProduct(line, catalog, quality),
    taxMinor: -taxMinor,
    channelTaxMinor: -channelTaxMinor,
  };
}

/** Shopify gives back one sum of taxes; with several of them each gets its share of what was sold. */
function taxShares(item: ShopifyLine, totalMinor: number, where: string, { amounts, quality }: LineContext) {
  if (totalMinor === 0) return [];
  const taxes = (item.tax_lines ?? []).map((tax) => ({
    code: taxCodeOf(tax),
    channel: tax.channel_liable === true,
    soldMinor: amounts.minorOf(tax.price_set, tax.price, '/order/line_items/tax_lines'),
  }));
  const soldMinor = addMinor(...taxes.map((tax) => tax.soldMinor));
  if (taxes.length === 0 || soldMinor === 0) {
    quality.flag('tax-unknown', where);
    return [{ code: 'TAX', channel: false, amountMinor: totalMinor }];
  }
  if (taxes.length > 1 && soldMinor !== totalMinor) quality.flag('tax-calculated', where);
  let passedMinor = 0;
  let givenMinor = 0;
  return taxes.map(({ code, channel, soldMinor: ofTax }) => {
    passedMinor += ofTax;
    const dueMinor = Number(divideRounded(BigInt(totalMinor) * BigInt(passedMinor), BigInt(soldMinor)));
    const amountMinor = dueMinor - givenMinor;
    givenMinor = dueMinor;
    return { code, channel, amountMinor };
  });
}

/**
 * The difference between what was calculated and what was paid back, and shipping. A negative adjustment gives the
 * customer more than the items, a positive one keeps a part of them.
 */
function adjustmentLines(refund: ShopifyRefund, context: LineContext): DraftLine[] {
  const { amounts } = context;
  const adjustments = refund.order_adjustments ?? [];
  const lines = adjustments.map((adjustment, index) => {
    const where = `/order/refunds/order_adjustments/${index}`;
    const { kind, amount, amount_set, tax_amount, tax_amount_set } = adjustment;
    return adjustmentLine(
      kind === 'shipping_refund' ? 'SHIPPING' : 'REFUND_DISCREPANCY',
      amounts.minorOf(amount_set, amount, `${where}/amount`),
      amounts.optionalMinorOf(tax_amount_set, tax_amount, `${where}/tax_amount`),
      context,
    );
  });
  // Since 2024-10 shipping is no adjustment any more.
  if (adjustments.some(({ kind }) => kind === 'shipping_refund')) return lines;
  const shipping = (refund.refund_shipping_lines ?? []).map(({ subtotal_amount_set: set }) =>
    adjustmentLine(
      'SHIPPING',
      -amounts.minorOf(set, undefined, '/order/refunds/refund_shipping_lines'),
      0,
      context,
    ),
  );
  return [...lines, ...shipping].filter(({ line }) => line.extendedAmountMinor !== 0);
}

function adjustmentLine(
  productCode: string,
  amountMinor: number,
  taxMinor: number,
  { order }: LineContext,
): DraftLine {
  const extendedMinor = order.taxes_included ? addMinor(amountMinor, taxMinor) : amountMinor;
  return {
    line: {
      type: extendedMinor < 0 ? 'return' : 'fee',
      productCode,
      quantityMilli: extendedMinor < 0 ? -1000 : 1000,
      unit: 'each',
      regularUnitPriceMinor: Math.abs(extendedMinor),
      actualUnitPriceMinor: Math.abs(extendedMinor),
      extendedAmountMinor: extendedMinor,
      ...(taxMinor === 0
        ? {}
        : {
            taxes: [
              {
                code: 'TAX',
                taxableMinor: order.taxes_included ? extendedMinor - taxMinor : extendedMinor,
                amountMinor: taxMinor,
              },
            ],
          }),
    },
    taxMinor,
    channelTaxMinor: 0,
  };
}

export interface RefundPlace {
  readonly location: string | undefined;
  /** The items came back elsewhere than the money went out. */
  readonly disagrees: boolean;
}

/**
 * Where a refund belongs: where its items came back, else where its money was paid out, else where the order was made.
 */
export function placeOf(refund: ShopifyRefund, paid: readonly ShopifyTransaction[]): RefundPlace {
  const distinct = (ids: readonly (number | string | undefined)[]): string[] => [
    ...new Set(ids.flatMap((one) => (one === undefined ? [] : [exactId(one)]))),
  ];
  const ofItems = distinct((refund.refund_line_items ?? []).map((one) => one.location_id));
  const ofMoney = distinct(paid.map((one) => one.location_id));
  const all = new Set([...ofItems, ...ofMoney]);
  return { location: ofItems[0] ?? ofMoney[0], disagrees: all.size > 1 };
}
