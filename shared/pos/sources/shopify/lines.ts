import { addMinor } from '../../../money.ts';
import { cutText } from '../../../ids.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import { MAX_CODE_LENGTH, MAX_TEXT_LENGTH, type TransactionLine } from '../../event.ts';
import type { Catalog } from '../../master-data.ts';
import type { Amounts } from './amounts.ts';
import type { ShopifyLine, ShopifyOrder, ShopifyShippingLine, ShopifyTaxLine } from './order-schema.ts';

/** A line before it has its number, and what it adds to the totals besides its own amount. */
export interface DraftLine {
  readonly line: Omit<TransactionLine, 'lineNumber'>;
  readonly taxMinor: number;
  /** Tax that the customer pays and a marketplace remits: it is neither our revenue nor our debt. */
  readonly channelTaxMinor: number;
}

export interface LineContext {
  readonly order: ShopifyOrder;
  readonly amounts: Amounts;
  readonly catalog: Catalog;
  readonly quality: Quality;
}

/** A tip is an item as well; it stands beside the lines, as the order's total of tips. */
export const isTip = (item: ShopifyLine): boolean =>
  item.tip_payment_gateway !== undefined || item.tip_payment_method !== undefined;

/** An item as it was sold: all of its quantity, its share of all discounts, and its taxes. */
export function saleLine(item: ShopifyLine, index: number, context: LineContext): DraftLine {
  const { order, amounts, catalog, quality } = context;
  const where = `/order/line_items/${index}`;
  const priceMinor = amounts.minorOf(item.price_set, item.price, `${where}/price`);
  const discounts = discountsOf(item, where, context);
  const { taxes, taxMinor, channelTaxMinor } = taxesOf(item.tax_lines ?? [], where, amounts);
  const extendedMinor = addMinor(
    priceMinor * item.quantity,
    ...discounts.map(({ amountMinor }) => -amountMinor),
    order.taxes_included ? -channelTaxMinor : 0,
  );
  const type = item.gift_card === true ? 'giftCard' : 'sale';
  const draft: Omit<TransactionLine, 'lineNumber'> = {
    type,
    productCode: productCodeOf(item, catalog),
    ...descriptionOf([item.title, item.variant_title]),
    quantityMilli: item.quantity * 1000,
    unit: 'each',
    regularUnitPriceMinor: priceMinor,
    actualUnitPriceMinor: priceMinor,
    extendedAmountMinor: extendedMinor,
    ...(discounts.length === 0 ? {} : { discounts }),
    ...(taxes.length === 0
      ? {}
      : {
          taxes: taxes.map((tax) => ({
            ...tax,
            taxableMinor: order.taxes_included ? extendedMinor - taxMinor : extendedMinor,
          })),
        }),
  };
  return {
    line: type === 'giftCard' ? draft : withProduct(draft, catalog, quality),
    taxMinor,
    channelTaxMinor,
  };
}

/** Shipping that was paid for at the till is a fee. */
export function shippingDraft(
  shipping: ShopifyShippingLine,
  index: number,
  { order, amounts }: LineContext,
): DraftLine {
  const where = `/order/shipping_lines/${index}`;
  const priceMinor = amounts.minorOf(shipping.price_set, shipping.price, `${where}/price`);
  const allocations = (shipping.discount_allocations ?? []).map(({ amount, amount_set }) => ({
    amountMinor: amounts.minorOf(amount_set, amount, `${where}/discount_allocations`),
    manual: false,
  }));
  const { taxes, taxMinor, channelTaxMinor } = taxesOf(shipping.tax_lines ?? [], where, amounts);
  const extendedMinor = addMinor(
    priceMinor,
    ...allocations.map(({ amountMinor }) => -amountMinor),
    order.taxes_included ? -channelTaxMinor : 0,
  );
  return {
    line: {
      type: 'fee',
      productCode: 'SHIPPING',
      ...descriptionOf([shipping.title]),
      quantityMilli: 1000,
      unit: 'each',
      regularUnitPriceMinor: priceMinor,
      actualUnitPriceMinor: priceMinor,
      extendedAmountMinor: extendedMinor,
      ...(allocations.length === 0 ? {} : { discounts: allocations }),
      ...(taxes.length === 0
        ? {}
        : { taxes: taxes.map((tax) => ({ ...tax, taxableMinor: extendedMinor - taxMinor })) }),
    },
    taxMinor,
    channelTaxMinor,
  };
}

/** The code that we know, of those that Shopify has for an item. */
export function productCodeOf(item: Pick<ShopifyLine, 'sku' | 'variant_id'>, catalog: Catalog): string {
  const variant = item.variant_id === undefined ? undefined : String(item.variant_id);
  const codes = [item.sku?.trim(), variant].filter((code) => code !== undefined && code !== '');
  const known = codes.find((code) => catalog.productOfCode(code ?? '') !== undefined);
  return cutText((known ?? codes[0] ?? 'CUSTOM_SALE').toWellFormed(), MAX_CODE_LENGTH);
}

function discountsOf(item: ShopifyLine, where: string, { order, amounts }: LineContext) {
  const allocations = item.discount_allocations ?? [];
  if (allocations.length === 0) {
    const path = `${where}/total_discount`;
    const amountMinor = amounts.optionalMinorOf(item.total_discount_set, item.total_discount, path);
    return amountMinor === 0 ? [] : [{ amountMinor, manual: true }];
  }
  return allocations.map(({ amount, amount_set, discount_application_index: index }) => {
    const application = index === undefined ? undefined : order.discount_applications?.[index];
    const reason = application?.title ?? application?.code;
    return {
      amountMinor: amounts.minorOf(amount_set, amount, `${where}/discount_allocations`),
      ...(reason ? { reason: cutText(reason.toWellFormed(), MAX_TEXT_LENGTH) } : {}),
      manual: application?.type === 'manual',
    };
  });
}

function taxesOf(taxLines: readonly ShopifyTaxLine[], where: string, amounts: Amounts) {
  const taxes: { code: string; rateBasisPoints?: number; amountMinor: number }[] = [];
  let taxMinor = 0;
  let channelTaxMinor = 0;
  for (const tax of taxLines) {
    const amountMinor = amounts.minorOf(tax.price_set, tax.price, `${where}/tax_lines`);
    if (tax.channel_liable === true) channelTaxMinor = addMinor(channelTaxMinor, amountMinor);
    else {
      taxes.push({ code: taxCodeOf(tax), ...rateOf(tax.rate), amountMinor });
      taxMinor = addMinor(taxMinor, amountMinor);
    }
  }
  return { taxes, taxMinor, channelTaxMinor };
}

export const taxCodeOf = ({ title }: ShopifyTaxLine): string =>
  cutText((title ?? '').toWellFormed(), MAX_CODE_LENGTH) || 'TAX';

/** Rates finer than a hundredth of a percent, such as 8.875 %, do not fit and are left out. */
function rateOf(rate: number | undefined): { rateBasisPoints?: number } {
  if (rate === undefined || rate < 0) return {};
  const basisPoints = Math.round(rate * 10_000);
  return Math.abs(rate * 10_000 - basisPoints) < 1e-6 ? { rateBasisPoints: basisPoints } : {};
}

function descriptionOf(parts: readonly (string | undefined)[]): { description?: string } {
  const description = parts.filter(Boolean).join(', ');
  return description === '' ? {} : { description: cutText(description.toWellFormed(), MAX_TEXT_LENGTH) };
}

/**
 * Takes a discount off sale lines in proportion to their amounts, without losing a cent: each line gets what the
 * running total of shares makes due.
 */
export function spreadDiscount(drafts: readonly DraftLine[], discountMinor: number): DraftLine[] {
  const isPlain = ({ line }: DraftLine): boolean => line.type === 'sale' && line.extendedAmountMinor > 0;
  const baseMinor = addMinor(...drafts.filter(isPlain).map(({ line }) => line.extendedAmountMinor));
  if (baseMinor < discountMinor) return [...drafts];
  let passedMinor = 0;
  let givenMinor = 0;
  return drafts.map((draft) => {
    if (!isPlain(draft)) return draft;
    const { line } = draft;
    passedMinor += line.extendedAmountMinor;
    const dueMinor = Number((BigInt(discountMinor) * BigInt(passedMinor)) / BigInt(baseMinor));
    const amountMinor = dueMinor - givenMinor;
    givenMinor = dueMinor;
    if (amountMinor === 0) return draft;
    const discount = { amountMinor, reason: 'order discount', manual: false };
    return {
      ...draft,
      line: {
        ...line,
        extendedAmountMinor: line.extendedAmountMinor - amountMinor,
        discounts: [...(line.discounts ?? []), discount],
      },
    };
  });
}
