import { addMinor, divideRounded } from '../../../money.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';
import type { Catalog } from '../../master-data.ts';
import { ownValue } from '../../../own-value.ts';
import { spreadMinor } from '../spread.ts';
import { productCodeOf, textField, type UnnumberedLine } from '../transaction-draft.ts';
import type { CloverDiscount, CloverLine, CloverOrder, CloverPayment } from './order-schema.ts';

/**
 * Clover gives no amount of a line: price, quantity, modifications and discounts make it, as in Clover's own calculator
 * (`Calc` of its Android SDK). https://docs.clover.com/dev/docs/calculating-order-totals
 */

/** Percents times 10,000 make 1. */
const ONE = 1_000_000n;
const share = (amountMinor: number, millionths: number): number =>
  Number(divideRounded(BigInt(amountMinor) * BigInt(millionths), ONE));

/** What discounts take off an amount: each percentage of the whole amount, and fixed ones; never more than there is. */
function discountsOf(discounts: readonly CloverDiscount[], amountMinor: number) {
  if (amountMinor <= 0) return [];
  let restMinor = amountMinor;
  return discounts.flatMap(({ name, discount, amount, percentage, percentageDecimal }) => {
    const rate = percentageDecimal ?? (percentage === undefined ? undefined : percentage * 10_000);
    const wantedMinor = rate === undefined ? -(amount ?? 0) : share(amountMinor, rate);
    const takenMinor = Math.min(wantedMinor, restMinor);
    restMinor -= takenMinor;
    return takenMinor === 0
      ? []
      : [{ amountMinor: takenMinor, ...textField('reason', name), manual: discount === undefined }];
  });
}

const UNIT_OF: Readonly<Record<string, TransactionLine['unit']>> = { kg: 'kg', lb: 'lb', l: 'l', m: 'm' };

function itemLine(item: CloverLine, catalog: Catalog, quality: Quality): UnnumberedLine {
  const priceMinor = item.price ?? 0;
  const unitMilli = item.unitQty ?? 1000;
  const baseMinor = Number(divideRounded(BigInt(priceMinor) * BigInt(unitMilli), 1000n));
  const modificationsMinor = addMinor(...item.modifications.map((one) => one.amount ?? 0));
  const fullMinor = baseMinor < 0 ? baseMinor : addMinor(baseMinor, modificationsMinor);
  const discounts = discountsOf(item.discounts, fullMinor);
  const isReturn = fullMinor < 0;
  const perUnitMinor =
    unitMilli === 0
      ? 0
      : Number(divideRounded(BigInt(Math.abs(fullMinor)) * 1000n, BigInt(Math.abs(unitMilli))));
  const line: UnnumberedLine = {
    // A liability until it is used: gift cards, and donations.
    type: isReturn ? 'return' : item.isRevenue === false ? 'giftCard' : 'sale',
    productCode: productCodeOf([item.itemCode, item.item?.id], 'CUSTOM_ITEM', catalog),
    ...textField('description', item.name),
    quantityMilli: (isReturn ? -1 : 1) * Math.abs(unitMilli),
    unit: ownValue(UNIT_OF, item.unitName?.trim().toLowerCase() ?? '') ?? 'each',
    regularUnitPriceMinor: Math.abs(priceMinor),
    actualUnitPriceMinor: perUnitMinor,
    extendedAmountMinor: addMinor(fullMinor, ...discounts.map(({ amountMinor }) => -amountMinor)),
    ...(discounts.length === 0 ? {} : { discounts }),
  };
  return line.type === 'giftCard' ? line : withProduct(line, catalog, quality);
}

/** Lines of items, each with its id at Clover, after discounts of the line and of the order. */
export function itemLines(
  order: CloverOrder,
  items: readonly CloverLine[],
  catalog: Catalog,
  quality: Quality,
): { id: string; line: UnnumberedLine }[] {
  const lines = items.map((item) => ({ id: item.id, line: itemLine(item, catalog, quality) }));
  const positive = lines.filter(({ line }) => line.extendedAmountMinor > 0);
  const subtotalMinor = addMinor(...lines.map(({ line }) => line.extendedAmountMinor));
  const onOrder = discountsOf(order.discounts, subtotalMinor);
  for (const discount of onOrder) {
    // What is left of each line: a share is never more than that.
    const weights = positive.map(({ line }) => line.extendedAmountMinor);
    spreadMinor(discount.amountMinor, weights).forEach((amountMinor, index) => {
      const at = positive[index];
      if (at === undefined || amountMinor === 0) return;
      at.line = {
        ...at.line,
        extendedAmountMinor: at.line.extendedAmountMinor - amountMinor,
        discounts: [...(at.line.discounts ?? []), { ...discount, amountMinor }],
      };
    });
  }
  return lines;
}

const fee = (productCode: string, amountMinor: number, name?: string): UnnumberedLine => ({
  type: amountMinor < 0 ? 'return' : 'fee',
  productCode,
  ...textField('description', name),
  quantityMilli: amountMinor < 0 ? -1000 : 1000,
  unit: 'each',
  regularUnitPriceMinor: Math.abs(amountMinor),
  actualUnitPriceMinor: Math.abs(amountMinor),
  extendedAmountMinor: amountMinor,
});

/**
 * Service charge, additional charges such as for delivery, and order fees. Payments say what was charged; a percentage is
 * of the discounted subtotal.
 */
export function feeLines(
  order: CloverOrder,
  fees: readonly CloverLine[],
  payments: readonly CloverPayment[],
  subtotalMinor: number,
): UnnumberedLine[] {
  const { serviceCharge } = order;
  const charged = payments.flatMap((one) => one.serviceCharge?.amount ?? []);
  const rate = serviceCharge?.percentageDecimal ?? (serviceCharge?.percentage ?? 0) * 10_000;
  const serviceMinor = charged.length > 0 ? addMinor(...charged) : share(subtotalMinor, rate);
  const additionalMinor = addMinor(
    ...payments.flatMap((one) => one.additionalCharges.map(({ amount }) => amount ?? 0)),
  );
  const lines = [
    fee('SERVICE_CHARGE', serviceMinor, serviceCharge?.name),
    fee('ADDITIONAL_CHARGE', additionalMinor),
    ...fees.map(({ price, percentage, name }) =>
      fee('ORDER_FEE', price ?? share(subtotalMinor, percentage ?? 0), name),
    ),
  ];
  return lines.filter((line) => line.extendedAmountMinor !== 0);
}
