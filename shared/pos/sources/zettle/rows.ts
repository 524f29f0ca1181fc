import { PermanentError } from '../../../errors.ts';
import { addMinor, divideRounded, parseDecimal } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';
import type { Catalog } from '../../master-data.ts';
import { FINE_DIGITS, fineOf } from '../fine-amounts.ts';
import { spreadMinor } from '../spread.ts';
import { productCodeOf, textField, type UnnumberedLine } from '../transaction-draft.ts';
import type { ZettleDiscount, ZettleProduct, ZettlePurchase } from './purchase-schema.ts';

/** A row before it has its taxes: its amount is with tax where prices are. */
export interface Row {
  readonly line: UnnumberedLine;
  /** Rates in millionths of a percent. */
  readonly rates: readonly number[];
}

const QUANTITY_DIGITS = 5;
const RATE_DIGITS = 6;
const BASIS_POINT = 10 ** (RATE_DIGITS - 2);
const HUNDRED_PERCENT = 100 * 10 ** RATE_DIGITS;

/** @throws PermanentError `schema` */
function fineQuantityOf(text: string, where: string): number {
  const fine = parseDecimal(text, QUANTITY_DIGITS);
  if (fine === undefined) throw new PermanentError('schema', 'is no decimal quantity', { where });
  return fine;
}

const times = (priceMinor: number, fineQuantity: number): number =>
  Number(divideRounded(BigInt(priceMinor) * BigInt(fineQuantity), 10n ** BigInt(QUANTITY_DIGITS)));

/** @throws PermanentError `schema` */
function rateOf(text: string | undefined, where: string): number | undefined {
  if (text === undefined) return undefined;
  // Sales taxes of the US have five decimals; what is finer than six is a trace of binary fractions.
  const rate = Number(divideRounded(fineOf(text, where), 10n ** BigInt(FINE_DIGITS - RATE_DIGITS)));
  if (rate < 0) throw new PermanentError('schema', 'is no percentage', { where });
  return rate;
}

/** What a discount takes off, zero or more and never more than there is. */
function takenOff(
  { amount, percentage, quantity, value }: ZettleDiscount,
  ofMinor: number,
  where: string,
): number {
  const rate = rateOf(percentage, `${where}/percentage`);
  const stated =
    value ??
    (rate === undefined
      ? times(amount ?? 0, fineQuantityOf(quantity ?? '1', `${where}/quantity`))
      : Number(divideRounded(BigInt(ofMinor) * BigInt(rate), BigInt(HUNDRED_PERCENT))));
  return Math.min(Math.abs(stated), ofMinor);
}

const UNIT_OF: Readonly<Record<string, TransactionLine['unit']>> = {
  kg: 'kg',
  l: 'l',
  litre: 'l',
  liter: 'l',
  m: 'm',
  lb: 'lb',
};

function rowOf(product: ZettleProduct, index: number, catalog: Catalog, quality: Quality): Row {
  const where = `/products/${index}`;
  const fine = fineQuantityOf(product.quantity, `${where}/quantity`);
  const step = 10 ** (QUANTITY_DIGITS - 3);
  if (fine % step !== 0) quality.flag('amount-rounded', `${where}/quantity`);
  const quantityMilli = Number(divideRounded(BigInt(fine), BigInt(step)));
  const fullMinor = times(product.unitPrice, fine);
  const direction = fullMinor < 0 || (fullMinor === 0 && fine < 0) ? -1 : 1;
  const off =
    product.discount === undefined
      ? 0
      : takenOff(
          { ...product.discount, value: product.discountValue ?? product.discount.value },
          Math.abs(fullMinor),
          `${where}/discount`,
        );
  const isGiftCard = product.type === 'GIFTCARD';
  const unitMinor = Math.abs(product.unitPrice);
  const line: UnnumberedLine = {
    type: isGiftCard ? 'giftCard' : direction < 0 ? 'return' : 'sale',
    productCode: productCodeOf(
      [product.barcode, product.sku, product.variantUuid, product.productUuid],
      product.type === 'CUSTOM_AMOUNT' ? 'CUSTOM_AMOUNT' : 'UNNAMED_ITEM',
      catalog,
    ),
    ...textField('description', [product.name, product.variantName].filter(Boolean).join(', ')),
    // A price below zero takes money off for goods that go out: the sign follows the money.
    quantityMilli: direction * Math.abs(quantityMilli),
    unit: ownValue(UNIT_OF, product.unitName?.trim().toLowerCase() ?? '') ?? 'each',
    regularUnitPriceMinor: unitMinor,
    actualUnitPriceMinor: unitMinor,
    extendedAmountMinor: fullMinor - direction * off,
    ...(off === 0
      ? {}
      : {
          discounts: [
            { amountMinor: direction * off, ...textField('reason', product.discount?.name), manual: true },
          ],
        }),
  };
  const several = product.taxRates ?? [];
  const rates = several.length > 0 ? several.map((one) => one.percentage) : [product.vatPercentage];
  return {
    line: isGiftCard ? line : withProduct(line, catalog, quality),
    rates: rates.flatMap((rate) => rateOf(rate, `${where}/vatPercentage`) ?? []),
  };
}

/** The purchase's rows: products, each less its own discount and its share of those on the purchase, and the service charge. */
export function rowsOf(purchase: ZettlePurchase, catalog: Catalog, quality: Quality): Row[] {
  let rows = purchase.products.map((product, index) => rowOf(product, index, catalog, quality));
  for (const [index, discount] of (purchase.discounts ?? []).entries()) {
    const amounts = rows.map(({ line }) => line.extendedAmountMinor);
    const totalMinor = addMinor(...amounts);
    const direction = totalMinor < 0 ? -1 : 1;
    // In a purchase of both ways only what goes the way of the whole is discounted.
    const weights = amounts.map((amountMinor) => (amountMinor * direction > 0 ? Math.abs(amountMinor) : 0));
    const off = takenOff(discount, Math.abs(totalMinor), `/discounts/${index}`);
    const shares = spreadMinor(off, weights);
    rows = rows.map((row, at) => discounted(row, direction * (shares[at] ?? 0), discount));
  }
  const { serviceCharge } = purchase;
  if (serviceCharge === undefined) return rows;
  const rate = rateOf(serviceCharge.vatPercentage, '/serviceCharge/vatPercentage');
  const isBack = serviceCharge.amount < 0 || (serviceCharge.quantity ?? '').startsWith('-');
  const chargeMinor = (isBack ? -1 : 1) * Math.abs(serviceCharge.amount);
  const line: UnnumberedLine = {
    type: 'fee',
    productCode: 'SERVICE_CHARGE',
    ...textField('description', serviceCharge.title),
    quantityMilli: isBack ? -1000 : 1000,
    unit: 'each',
    regularUnitPriceMinor: Math.abs(chargeMinor),
    actualUnitPriceMinor: Math.abs(chargeMinor),
    extendedAmountMinor: chargeMinor,
  };
  return [...rows, { line, rates: rate === undefined ? [] : [rate] }];
}

function discounted({ line, rates }: Row, amountMinor: number, { name }: ZettleDiscount): Row {
  if (amountMinor === 0) return { line, rates };
  const discount = { amountMinor, ...textField('reason', name), manual: true };
  return {
    rates,
    line: {
      ...line,
      extendedAmountMinor: line.extendedAmountMinor - amountMinor,
      discounts: [...(line.discounts ?? []), discount],
    },
  };
}

interface Taxed {
  readonly lines: UnnumberedLine[];
  readonly taxMinor: number;
}

/**
 * Zettle calculates tax row by row, after all discounts, and gives the sum of it. What our rows differ from that is put where
 * the most tax is, and said.
 */
export function withTaxes(
  rows: readonly Row[],
  taxIncluded: boolean,
  statedMinor: number | undefined,
  quality: Quality,
): Taxed {
  const taxed = rows.map(({ line, rates }) => ({
    line,
    taxes: taxesOf(line.extendedAmountMinor, rates, taxIncluded),
  }));
  const all = taxed.flatMap(({ taxes }) => taxes);
  const ownMinor = addMinor(...all.map(({ amountMinor }) => amountMinor));
  const taxMinor = statedMinor ?? ownMinor;
  const restMinor = taxMinor - ownMinor;
  if (restMinor !== 0) {
    const largest = all.reduce<(typeof all)[number] | undefined>(
      (best, tax) =>
        best === undefined || Math.abs(tax.amountMinor) > Math.abs(best.amountMinor) ? tax : best,
      undefined,
    );
    quality.flag(
      largest === undefined
        ? 'tax-unknown'
        : Math.abs(restMinor) <= rows.length
          ? 'tax-calculated'
          : 'totals-disagree',
      '/vatAmount',
    );
    if (largest !== undefined) {
      largest.amountMinor += restMinor;
      if (taxIncluded) largest.taxableMinor -= restMinor;
    }
  }
  return {
    taxMinor,
    lines: taxed.map(({ line, taxes }) => {
      const owed = taxes.filter(
        ({ amountMinor, rateBasisPoints }) => amountMinor !== 0 || rateBasisPoints !== 0,
      );
      return owed.length === 0 ? line : { ...line, taxes: owed };
    }),
  };
}

type Tax = NonNullable<UnnumberedLine['taxes']>[number];

function taxesOf(amountMinor: number, rates: readonly number[], taxIncluded: boolean): Tax[] {
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const divisor = taxIncluded ? HUNDRED_PERCENT + total : HUNDRED_PERCENT;
  const taxMinor = Number(divideRounded(BigInt(amountMinor) * BigInt(total), BigInt(divisor)));
  const shares = spreadMinor(taxMinor, rates);
  return rates.map((rate, index) => ({
    code: `VAT ${rate / 10 ** RATE_DIGITS}`,
    ...(rate % BASIS_POINT === 0 ? { rateBasisPoints: rate / BASIS_POINT } : {}),
    taxableMinor: taxIncluded ? amountMinor - taxMinor : amountMinor,
    amountMinor: shares[index] ?? 0,
  }));
}
