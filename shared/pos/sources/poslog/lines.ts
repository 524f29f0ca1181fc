import { addMinor, divideRounded, extendMinor, parseDecimal } from '../../../money.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import type { TransactionLine } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import type { Amounts } from './amounts.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

/** A line on its way: `reference` is what rewards name it by, `reverses` marks NCR's line that takes one back. */
export interface LineDraft {
  line: TransactionLine;
  readonly reference: string | undefined;
  readonly reverses: boolean;
}

type Discount = NonNullable<TransactionLine['discounts']>[number];

const SOLD = ['Sale', 'Return', 'Deposit'] as const;
const GIFT_CARD_TYPES = new Set(['GiftCertificate', 'GiftCard', 'StoredValue']);
const UNIT_OF: Readonly<Record<string, TransactionLine['unit']>> = {
  EA: 'each',
  KG: 'kg',
  KGM: 'kg',
  LB: 'lb',
  LBR: 'lb',
  L: 'l',
  LTR: 'l',
  M: 'm',
  MTR: 'm',
};

/** The lines of a `RetailTransaction` that have goods or a service. */
export function lineDrafts(
  retail: XmlElement,
  amounts: Amounts,
  currency: string,
  context: ReadContext,
  quality: Quality,
): LineDraft[] {
  const drafts: LineDraft[] = [];
  for (const item of childrenOf(retail, 'LineItem')) {
    const sold = SOLD.map((name) => child(item, name)).find((found) => found !== undefined);
    if (!sold) continue;
    drafts.push(lineDraft(item, sold, drafts.length + 1, { amounts, currency, context, quality }));
  }
  return withReversals(drafts);
}

interface Reading {
  readonly amounts: Amounts;
  readonly currency: string;
  readonly context: ReadContext;
  readonly quality: Quality;
}

function lineDraft(item: XmlElement, sold: XmlElement, lineNumber: number, reading: Reading): LineDraft {
  const { amounts, context, quality } = reading;
  const isVoid = item.attributes['VoidFlag'] === 'true';
  const type = typeOf(sold);
  const statedQuantity = amounts.milli(sold, 'Quantity') ?? 1000;
  const statedAmount = amounts.minor(sold, 'ExtendedAmount') ?? 0;
  const isNegative = sold.attributes['ItemType'] === 'acs:NegativeItem';
  // Returns are written with positive numbers, and items that the store pays out with a positive quantity.
  const quantityMilli = type === 'return' || isNegative ? -Math.abs(statedQuantity) : statedQuantity;
  const extendedAmountMinor = type === 'return' ? -Math.abs(statedAmount) : statedAmount;
  const regularUnitPriceMinor = Math.abs(
    amounts.minor(sold, 'RegularSalesUnitPrice') ?? amounts.minor(sold, 'UnitListPrice') ?? 0,
  );
  const discounts = discountsOf(sold, amounts, type === 'return' ? -1 : 1);
  const productCode = textAt(sold, 'POSIdentity', 'POSItemID') ?? textAt(sold, 'ItemID') ?? 'unknown';
  const coded = withProduct({ productCode: productCode.slice(0, 100) }, context.catalog, quality);
  const description = textAt(sold, 'Description')?.slice(0, 200);
  const override = childrenOf(sold, 'RetailPriceModifier').find(
    (modifier) => modifier.attributes['MethodCode'] === 'PriceOverride',
  );
  const reason = textAt(override, 'ReasonCode')?.slice(0, 200);
  const line: TransactionLine = {
    lineNumber,
    type: isNegative ? 'deposit' : type,
    ...coded,
    ...(description === undefined ? {} : { description }),
    quantityMilli,
    unit: unitOf(item, sold, coded.productCode, reading),
    regularUnitPriceMinor,
    actualUnitPriceMinor:
      amounts.minor(sold, 'ActualSalesUnitPrice') ??
      unitPriceOf(regularUnitPriceMinor, quantityMilli, extendedAmountMinor, discounts),
    extendedAmountMinor,
    ...(discounts.length === 0 ? {} : { discounts }),
    ...taxesOf(sold, amounts),
    ...(isVoid ? { voided: true } : {}),
    ...(override ? { priceOverride: reason === undefined ? {} : { reason } } : {}),
  };
  return {
    line,
    reference: textAt(sold, 'OperatorSequence'),
    reverses: isVoid && quantityMilli < 0 && type !== 'return' && !isNegative,
  };
}

function typeOf(sold: XmlElement): 'sale' | 'return' | 'giftCard' | 'deposit' {
  if (sold.name === 'Return') return 'return';
  if (sold.name === 'Deposit') return 'deposit';
  return GIFT_CARD_TYPES.has(sold.attributes['ItemType'] ?? '') ? 'giftCard' : 'sale';
}

function unitOf(
  item: XmlElement,
  sold: XmlElement,
  productCode: string,
  { context, currency }: Reading,
): TransactionLine['unit'] {
  const stated = child(sold, 'Quantity')?.attributes['UnitOfMeasureCode'];
  const known = stated === undefined ? undefined : UNIT_OF[stated.toUpperCase()];
  if (known) return known;
  const isWeighed = item.attributes['weightItem'] === 'true';
  // NCR says that it was weighed and not in what: scales follow the country.
  if (isWeighed) return currency === 'USD' ? 'lb' : 'kg';
  return context.catalog.productOfCode(productCode)?.unit ?? 'each';
}

/**
 * Multi-buy prices ("2 for 6.00") are written as the regular price of one; then the price that was charged follows
 * from the amount.
 */
function unitPriceOf(
  regularMinor: number,
  quantityMilli: number,
  extendedMinor: number,
  discounts: readonly Discount[],
): number {
  const discountMinor = addMinor(...discounts.map((discount) => discount.amountMinor));
  const beforeDiscountMinor = extendedMinor + discountMinor;
  if (quantityMilli === 0 || extendMinor(regularMinor, quantityMilli) === beforeDiscountMinor)
    return regularMinor;
  return Math.abs(Number(divideRounded(BigInt(beforeDiscountMinor) * 1000n, BigInt(quantityMilli))));
}

function discountsOf(sold: XmlElement, amounts: Amounts, sign: 1 | -1): Discount[] {
  const discounts: Discount[] = [];
  for (const modifier of childrenOf(sold, 'RetailPriceModifier')) {
    const amount = amounts.minor(modifier, 'Amount');
    const action = child(modifier, 'Amount')?.attributes['Action'] ?? 'Subtract';
    if (amount === undefined || action === 'Replace' || modifier.attributes['VoidFlag'] === 'true') continue;
    const method = modifier.attributes['MethodCode'] ?? '';
    const reason = textAt(modifier, 'PromotionID') ?? textAt(modifier, 'ReasonCode');
    discounts.push({
      amountMinor: sign * (action === 'Add' ? -amount : amount),
      ...(reason === undefined ? {} : { reason: reason.slice(0, 200) }),
      manual: method !== 'Promotion' && method !== 'PriceRule',
    });
  }
  const extended = amounts.minor(sold, 'ExtendedDiscountAmount') ?? 0;
  if (extended !== 0 && discounts.length === 0)
    discounts.push({ amountMinor: sign * extended, manual: false });
  return discounts;
}

/** Rates come with more digits than hundredths of a percent; they describe, and nothing is computed from them. */
export function taxOf(element: XmlElement, amounts: Amounts): NonNullable<TransactionLine['taxes']>[number] {
  const code =
    element.attributes['TaxID'] ?? element.attributes['TaxType'] ?? textAt(element, 'TaxRuleID') ?? 'tax';
  const percent = parseDecimal(textAt(element, 'Percent') ?? '', 6);
  return {
    code: code.slice(0, 100),
    ...(percent === undefined || percent < 0 ? {} : { rateBasisPoints: Math.round(percent / 10_000) }),
    taxableMinor: amounts.minor(element, 'TaxableAmount') ?? 0,
    amountMinor: amounts.minor(element, 'Amount') ?? 0,
  };
}

function taxesOf(sold: XmlElement, amounts: Amounts): Pick<TransactionLine, 'taxes'> {
  const taxes = childrenOf(sold, 'Tax').map((element) => taxOf(element, amounts));
  return taxes.length === 0 ? {} : { taxes };
}

/**
 * ARTS flags the line that is void. NCR adds a flagged line with the opposite sign instead: then the line that it takes
 * back is the one that is void, and the flagged one is dropped. Where none fits, it stays as a return, so that
 * the total holds.
 */
function withReversals(drafts: readonly LineDraft[]): LineDraft[] {
  const kept: LineDraft[] = [];
  for (const draft of drafts) {
    if (!draft.reverses) {
      kept.push(draft);
      continue;
    }
    const { line } = draft;
    const reversed = kept.findLast(
      (other) =>
        other.line.voided !== true &&
        other.line.productCode === line.productCode &&
        other.line.quantityMilli === -line.quantityMilli &&
        other.line.extendedAmountMinor === -line.extendedAmountMinor,
    );
    if (reversed) {
      reversed.line = { ...reversed.line, voided: true };
    } else {
      const { voided: _voided, ...rest } = line;
      kept.push({ ...draft, line: { ...rest, type: 'return' } });
    }
  }
  return kept;
}
