import type { ProductId } from '../../../ids.ts';
import { addMinor, divideRounded, extendMinor } from '../../../money.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';
import type { Amounts } from './amounts.ts';
import { weighed } from '../../scale-code.ts';
import { isTrue, plainName } from './dialect.ts';
import { discountsOf, statedDiscountOf } from './discounts.ts';
import type { LineDraft, Reading } from './draft.ts';
import { taxDraft } from './taxes.ts';
import { shortCode, shortText } from './texts.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

type LineType = TransactionLine['type'];

/** What a `LineItem` may hold that is goods, a service or a balance, with the type of the line. */
export const LINE_CONTENT = new Map<string, LineType>(
  Object.entries({
    Sale: 'sale',
    SaleForDelivery: 'sale',
    SaleForPickup: 'sale',
    Return: 'return',
    ReturnForDelivery: 'return',
    ReturnForPickup: 'return',
    Deposit: 'deposit',
    DepositReturn: 'deposit',
    Fee: 'fee',
    GiftCertificate: 'giftCard',
    GiftCard: 'giftCard',
    StoredValue: 'giftCard',
    StoredValueFund: 'giftCard',
    StoredValueInstrument: 'giftCard',
  } as const),
);
const TYPE_OF_ITEM = new Map<string, LineType>(
  Object.entries({
    GiftCertificate: 'giftCard',
    GiftCard: 'giftCard',
    StoredValue: 'giftCard',
    Deposit: 'deposit',
    Fee: 'fee',
  } as const),
);
const UNIT_OF = new Map<string, TransactionLine['unit']>(
  Object.entries({
    EA: 'each',
    KG: 'kg',
    KGM: 'kg',
    LB: 'lb',
    LBR: 'lb',
    L: 'l',
    LTR: 'l',
    M: 'm',
    MTR: 'm',
  } as const),
);

/** The lines of a `RetailTransaction` that have goods or a service, as they stand. */
export function lineDrafts(items: readonly XmlElement[], reading: Reading): LineDraft[] {
  const drafts: LineDraft[] = [];
  for (const item of items) {
    for (const sold of item.children) {
      if (LINE_CONTENT.has(sold.name)) drafts.push(lineDraft(item, sold, drafts.length + 1, reading));
    }
  }
  return drafts;
}

function lineDraft(item: XmlElement, sold: XmlElement, lineNumber: number, reading: Reading): LineDraft {
  const { amounts, quality, context, currency } = reading;
  const quantity = quantityOf(sold, reading);
  const isPaidOut = plainName(sold.attributes['ItemType'] ?? '') === 'NegativeItem';
  const type = isPaidOut ? 'deposit' : typeOf(sold, quantity < 0);
  const isBack = type === 'return' || quantity < 0 || sold.name === 'DepositReturn';
  // Returns are written with positive numbers, and items that the store pays out with a positive quantity.
  const quantityMilli = isBack || isPaidOut ? -Math.abs(quantity) : quantity;
  const statedMinor = amountOf(sold, reading);
  const extendedAmountMinor = isBack && !isPaidOut ? -Math.abs(statedMinor) : statedMinor;
  const sign = quantityMilli < 0 ? -1 : 1;
  const discounts = discountsOf(sold, sign, reading);
  const discountMinor = sign * Math.abs(statedDiscountOf(sold, discounts, reading));
  const description =
    textAt(sold, 'Description') ?? textAt(sold, 'ItemDesc') ?? textAt(sold, 'Item', 'ItemName');
  const codes = codesOf(sold);
  const line: TransactionLine = {
    lineNumber,
    type,
    ...codeOf(codes, reading),
    ...(description === undefined ? {} : { description: shortText(description, 'Description', quality) }),
    quantityMilli,
    unit: 'each',
    ...pricesOf(sold, quantityMilli, extendedAmountMinor, discounts, amounts),
    extendedAmountMinor,
    ...(discounts.length === 0 ? {} : { discounts }),
    ...overrideOf(sold, quality),
  };
  line.unit = unitOf(item, sold, line.productCode, reading);
  Object.assign(line, weighed(line, context.catalog.productOfCode(line.productCode), currency));
  return {
    line,
    codes,
    hasActualPrice: ACTUAL_PRICES.some((name) => amounts.information(sold, name) !== undefined),
    taxes: childrenOf(sold, 'Tax').map((element) => taxDraft(element, sign, reading)),
    discountMinor,
    reference: textAt(sold, 'OperatorSequence'),
    number: textAt(item, 'SequenceNumber'),
    isVoid: isTrue(item, 'VoidFlag') || isTrue(item, 'CancelFlag') || isTrue(item, 'DeleteFlag'),
    link: textAt(sold, 'ItemLink') ?? textAt(item, 'ItemLink') ?? textAt(item, 'CreateRefNumber'),
    isNegative: quantity < 0 && !isPaidOut && !sold.name.startsWith('Return'),
  };
}

/** A negative quantity of goods is a return, whatever the element is called. */
function typeOf(sold: XmlElement, isNegative: boolean): LineType {
  const type = LINE_CONTENT.get(sold.name) ?? 'sale';
  if (type !== 'sale') return type;
  const ofItem = TYPE_OF_ITEM.get(plainName(sold.attributes['ItemType'] ?? ''));
  if (ofItem) return ofItem;
  const isReturn = isNegative || /^(?:return|refund)/i.test(plainName(sold.attributes['TypeCode'] ?? ''));
  return isReturn ? 'return' : 'sale';
}

/** Of several quantities (one piece, 0.127 kg) the first, which is the one that the price is of. */
function quantityOf(sold: XmlElement, reading: Reading): number {
  const quantities = childrenOf(sold, 'Quantity');
  const [first] = quantities;
  if (!first) return 1000;
  const milli = reading.amounts.milli({ ...sold, children: [first] }, 'Quantity');
  return milli ?? 1000;
}

/** The amount of a line; where a dialect states none, the price times the quantity less the discount. */
function amountOf(sold: XmlElement, { amounts, quality }: Reading): number {
  const stated = amounts.minor(sold, 'ExtendedAmount');
  if (stated !== undefined) return stated;
  const bare = amounts.minor(sold, 'Amount');
  if (bare !== undefined) return bare;
  const actual = amounts.extended(sold, 'ActualSalesUnitPrice');
  const regular = actual ?? amounts.extended(sold, 'RegularSalesUnitPrice');
  if (regular === undefined) {
    quality.flag('content-not-read', `${sold.name} without an amount or a price`);
    return 0;
  }
  return regular - (amounts.information(sold, 'DiscountAmount') ?? 0);
}

const ACTUAL_PRICES = ['ActualSalesUnitPrice', 'ActualUnitPrice'];

function pricesOf(
  sold: XmlElement,
  quantityMilli: number,
  extendedMinor: number,
  discounts: NonNullable<TransactionLine['discounts']>,
  amounts: Amounts,
): Pick<TransactionLine, 'regularUnitPriceMinor' | 'actualUnitPriceMinor'> {
  const price = (...names: string[]): number | undefined => {
    for (const name of names) {
      const found = amounts.information(sold, name);
      if (found !== undefined) return Math.abs(found);
    }
    return undefined;
  };
  const regular = price('RegularSalesUnitPrice', 'RegularSaleUnitPrice', 'UnitListPrice');
  const actual = price(...ACTUAL_PRICES);
  const regularUnitPriceMinor = regular ?? actual ?? 0;
  return {
    regularUnitPriceMinor,
    actualUnitPriceMinor:
      actual ?? chargedPrice(regularUnitPriceMinor, quantityMilli, extendedMinor, discounts),
  };
}

/**
 * Multi-buy prices ("2 for 6.00") are written as the regular price of one; then the price that was charged follows
 * from the amount.
 */
function chargedPrice(
  regularMinor: number,
  quantityMilli: number,
  extendedMinor: number,
  discounts: NonNullable<TransactionLine['discounts']>,
): number {
  const beforeMinor = extendedMinor + discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  if (quantityMilli === 0 || extendMinor(regularMinor, quantityMilli) === beforeMinor) return regularMinor;
  return Math.abs(Number(divideRounded(BigInt(beforeMinor) * 1000n, BigInt(quantityMilli))));
}

function codesOf(sold: XmlElement): string[] {
  return [
    ...childrenOf(sold, 'POSIdentity').map((identity) => textAt(identity, 'POSItemID')),
    textAt(sold, 'Item', 'UPCNumber'),
    ...childrenOf(sold, 'ItemID').map(({ text }) => text),
    textAt(sold, 'Item', 'ItemNumber'),
  ].filter((code) => code !== undefined && code !== '') as string[];
}

/** Takes the discounts of a line off its amount, where the amount is before them. */
export function takeDiscountsOff(draft: LineDraft): void {
  const { regularUnitPriceMinor, quantityMilli, discounts = [] } = draft.line;
  const extendedAmountMinor = addMinor(draft.line.extendedAmountMinor, -draft.discountMinor);
  draft.line = {
    ...draft.line,
    extendedAmountMinor,
    ...(draft.hasActualPrice
      ? {}
      : {
          actualUnitPriceMinor: chargedPrice(
            regularUnitPriceMinor,
            quantityMilli,
            extendedAmountMinor,
            discounts,
          ),
        }),
  };
}

/** The code that our catalog knows, of all that the line names; else the first of them. */
function codeOf(
  codes: readonly string[],
  { context: { catalog }, quality }: Reading,
): { productCode: string; productId?: ProductId } {
  const known = codes.find((code) => catalog.productOfCode(code) !== undefined);
  const productCode = shortCode(known ?? codes[0] ?? 'unknown', 'ItemID', quality);
  return withProduct({ productCode }, catalog, quality);
}

function unitOf(
  item: XmlElement,
  sold: XmlElement,
  productCode: string,
  { context, currency }: Reading,
): TransactionLine['unit'] {
  const stated = child(sold, 'Quantity')?.attributes['UnitOfMeasureCode'];
  const known = stated === undefined ? undefined : UNIT_OF.get(stated.toUpperCase());
  if (known) return known;
  // NCR says that it was weighed and not in what: scales follow the country.
  if (isTrue(item, 'weightItem')) return currency === 'USD' ? 'lb' : 'kg';
  return context.catalog.productOfCode(productCode)?.unit ?? 'each';
}

function overrideOf(sold: XmlElement, quality: Quality): Pick<TransactionLine, 'priceOverride'> {
  const override = childrenOf(sold, 'RetailPriceModifier').find(
    ({ attributes }) => plainName(attributes['MethodCode'] ?? '') === 'PriceOverride',
  );
  if (!override) return {};
  const reason = textAt(override, 'ReasonCode');
  return {
    priceOverride: reason === undefined ? {} : { reason: shortText(reason, 'ReasonCode', quality) },
  };
}
