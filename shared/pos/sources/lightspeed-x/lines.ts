import { cutText } from '../../../ids.ts';
import { addMinor, divideRounded } from '../../../money.ts';
import { withProduct } from '../../enrich.ts';
import { MAX_CODE_LENGTH, MAX_TEXT_LENGTH, type TransactionEvent } from '../../event.ts';
import { PermanentError } from '../../../errors.ts';
import { fineOf, milliOfFine, minorOfFine, spreadFine, sumFine } from '../fine-amounts.ts';
import type { SaleContext } from './place.ts';
import type { LightspeedProduct, LightspeedSale } from './sale-schema.ts';
import type { UnnumberedLine } from '../transaction-draft.ts';

type Tax = NonNullable<TransactionEvent['taxes']>[number];

export interface SoldLines {
  readonly lines: readonly UnnumberedLine[];
  readonly grossMinor: number;
  readonly taxMinor: number;
  readonly taxes: Tax[];
}

interface Draft {
  readonly product: LightspeedProduct;
  readonly price: bigint;
  readonly tax: bigint;
  /** With its share of the tax. */
  readonly discount: bigint;
  readonly quantity: bigint;
  readonly voided: boolean;
}

/**
 * Prices and taxes have five decimals; cents are only in their sum. So lines are taken with their tax, and rounded once for
 * the sale.
 */
export function linesOf(sale: LightspeedSale, scope: SaleContext): SoldLines {
  const { store, quality } = scope;
  const drafts = sale.register_sale_products.map((product, index) =>
    draftOf(product, `/payload/register_sale_products/${index}`),
  );
  const counted = drafts.filter(({ voided }) => !voided);
  const gross = spreadFine(
    counted.map(({ price, tax }) => price + tax),
    store.currency,
  );
  const lines = drafts.map((draft) => {
    const at = counted.indexOf(draft);
    return lineOf(draft, gross[at] ?? minorOfFine(draft.price + draft.tax, store.currency), scope);
  });
  const grossMinor = addMinor(...gross);
  const taxFine = sumFine(counted.map(({ tax }) => tax));
  const taxMinor = minorOfFine(taxFine, store.currency);
  const stated = [sale.total_price, sale.total_tax].map((value) =>
    value === undefined ? undefined : fineOf(value, '/payload/total_price'),
  );
  const [price, tax] = stated;
  if (price !== undefined && tax !== undefined && minorOfFine(price + tax, store.currency) !== grossMinor) {
    quality.flag('totals-unbalanced', '/payload/total_price');
  }
  if (tax !== undefined && minorOfFine(tax, store.currency) !== taxMinor) {
    quality.flag('totals-disagree', '/payload/total_tax');
  }
  return { lines, grossMinor, taxMinor, taxes: taxesOf(counted, taxMinor, scope) };
}

function draftOf(product: LightspeedProduct, where: string): Draft {
  const quantity = fineOf(product.quantity, `${where}/quantity`);
  const price = priceOf(product, quantity, where);
  const tax = product.tax_total === undefined ? 0n : fineOf(product.tax_total, `${where}/tax_total`);
  const off =
    product.discount_total === undefined ? 0n : fineOf(product.discount_total, `${where}/discount_total`);
  const discount = price === 0n ? off : divideRounded(off * (price + tax), price);
  return { product, price, tax, discount, quantity, voided: product.status === 'VOIDED' };
}

const FINE_ONE = 10n ** 20n;

/** @throws PermanentError `schema`: what is missing is no zero. */
function priceOf({ price_total: total, price }: LightspeedProduct, quantity: bigint, where: string): bigint {
  if (total !== undefined) return fineOf(total, `${where}/price_total`);
  if (price !== undefined) return divideRounded(fineOf(price, `${where}/price`) * quantity, FINE_ONE);
  throw new PermanentError('schema', 'A line has no price', { where: `${where}/price_total` });
}

function lineOf(
  { product, discount, quantity, voided }: Draft,
  grossMinor: number,
  scope: SaleContext,
): UnnumberedLine {
  const { store, quality, context } = scope;
  const { milli, isExact } = milliOfFine(quantity);
  if (!isExact) quality.flag('amount-rounded', '/payload/register_sale_products/quantity');
  const isGiftCard = /gift[ _-]?card/i.test(
    `${product.sku ?? ''} ${product.handle ?? ''} ${product.name ?? ''}`,
  );
  const isReturn = product.is_return === true || milli < 0;
  const discountMinor = minorOfFine(discount, store.currency);
  const regularMinor = addMinor(grossMinor, discountMinor);
  const priceMinor =
    milli === 0 ? 0 : Math.abs(Number(divideRounded(BigInt(regularMinor) * 1000n, BigInt(milli))));
  const line: UnnumberedLine = {
    type: isGiftCard ? 'giftCard' : isReturn ? 'return' : 'sale',
    productCode: codeOf(product, scope),
    ...(product.name ? { description: cutText(product.name.toWellFormed(), MAX_TEXT_LENGTH) } : {}),
    quantityMilli: milli,
    unit: 'each',
    regularUnitPriceMinor: priceMinor,
    actualUnitPriceMinor: priceMinor,
    extendedAmountMinor: grossMinor,
    ...(discountMinor === 0 ? {} : { discounts: [{ amountMinor: discountMinor, manual: false }] }),
    ...(product.price_set === true ? { priceOverride: {} } : {}),
    ...(voided ? { voided: true } : {}),
  };
  return isGiftCard ? line : withProduct(line, context.catalog, quality);
}

/** The code that we know, of those that Lightspeed has for an item. */
function codeOf({ sku, product_id: productId }: LightspeedProduct, { context }: SaleContext): string {
  const codes = [sku?.trim(), productId].filter((code) => code !== undefined && code !== '');
  const known = codes.find((code) => context.catalog.productOfCode(code ?? '') !== undefined);
  return cutText((known ?? codes[0] ?? 'CUSTOM_SALE').toWellFormed(), MAX_CODE_LENGTH);
}

function taxesOf(counted: readonly Draft[], totalMinor: number, { store }: SaleContext): Tax[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of counted.filter(({ tax }) => tax !== 0n)) {
    const { tax_name: name, tax_id: taxId } = draft.product;
    const code = cutText((name ?? taxId ?? '').toWellFormed(), MAX_CODE_LENGTH) || 'TAX';
    groups.set(code, [...(groups.get(code) ?? []), draft]);
  }
  const amounts = spreadFine(
    [...groups.values()].map((ofCode) => sumFine(ofCode.map(({ tax }) => tax))),
    store.currency,
  );
  const restMinor = totalMinor - addMinor(...amounts);
  return [...groups].map(([code, ofCode], index) => ({
    code,
    ...rateOf(ofCode[0]?.product.tax_rate),
    taxableMinor: minorOfFine(sumFine(ofCode.map(({ price }) => price)), store.currency),
    amountMinor: (amounts[index] ?? 0) + (index === 0 ? restMinor : 0),
  }));
}

/** Rates finer than a hundredth of a percent do not fit and are left out. */
function rateOf(rate: string | number | undefined): { rateBasisPoints?: number } {
  if (rate === undefined) return {};
  const basisPoints = fineOf(rate, '/payload/register_sale_products/tax_rate') * 10_000n;
  const whole = basisPoints / FINE_ONE;
  return whole >= 0n && basisPoints % FINE_ONE === 0n ? { rateBasisPoints: Number(whole) } : {};
}
