import { cutText } from '../../../ids.ts';
import { addMinor, divideRounded } from '../../../money.ts';
import { withProduct } from '../../enrich.ts';
import { MAX_CODE_LENGTH, MAX_TEXT_LENGTH, type LineType, type TransactionLine } from '../../event.ts';
import { fineOf, milliOfFine, minorOfFine, spreadFine, sumFine } from '../fine-amounts.ts';
import { PermanentError } from '../../../errors.ts';
import { fine, type CheckContext } from './check.ts';
import type { ToastSelection, ToastServiceCharge } from './order-schema.ts';
import type { UnnumberedLine } from '../transaction-draft.ts';

/** What a check holds besides its taxes, in the parts that the books tell apart. */
export interface CheckParts {
  readonly lines: readonly UnnumberedLine[];
  readonly netMinor: number;
  /** Gratuities that were added as a service charge. */
  readonly gratuityMinor: number;
  readonly roundingMinor: number;
  /** Paid into a house account: no sale, but a debt that is settled. */
  readonly houseMinor: number;
}

/** What of a check is a line, with its exact amount: without tax, after all discounts. */
interface Draft {
  readonly type: LineType;
  readonly code: string;
  readonly description: string | undefined;
  readonly price: bigint;
  readonly beforeDiscount: bigint;
  readonly quantityMilli: number;
  readonly unit: TransactionLine['unit'];
  readonly voided: boolean;
  readonly discountReason: string | undefined;
  readonly isManualDiscount: boolean;
}

export function partsOf(scope: CheckContext): CheckParts {
  const { check, currency } = scope;
  const selections = (check.selections ?? []).map((selection, index) => ({
    selection,
    where: `/checks/selections/${index}`,
  }));
  const isHouse = ({ selectionType }: ToastSelection): boolean =>
    selectionType === 'HOUSE_ACCOUNT_PAY_BALANCE';
  const charges = check.appliedServiceCharges ?? [];
  const kindOf = (charge: ToastServiceCharge): string =>
    charge.gratuity === true ? 'GRATUITY' : (charge.serviceChargeCategory ?? 'SERVICE_CHARGE');
  const sumOf = (kind: string): bigint =>
    sumFine(
      charges
        .filter((charge) => kindOf(charge) === kind)
        .map((charge) => fine(charge.chargeAmount, '/checks/appliedServiceCharges')),
    );
  const drafts = [
    ...selections
      .filter(({ selection }) => !isHouse(selection))
      .map(({ selection, where }) => draftOf(selection, where, scope)),
    ...charges
      .filter((charge) => !['GRATUITY', 'CASH_ROUNDING'].includes(kindOf(charge)))
      .map((charge) => draftOfCharge(charge, kindOf(charge))),
  ];
  const counted = drafts.filter(({ voided }) => !voided);
  const house = sumFine(
    selections
      .filter(({ selection }) => isHouse(selection) && selection.voided !== true)
      .map(({ selection, where }) => fine(selection.price, `${where}/price`)),
  );
  const [gratuity, rounding] = [sumOf('GRATUITY'), sumOf('CASH_ROUNDING')];
  const lines = linesOf(counted, drafts, scope);
  const missing = missingFrom(sumFine(counted.map(({ price }) => price)) + house, gratuity, rounding, scope);
  const all = missing === 0 ? lines : [...lines, discrepancy(missing)];
  return {
    lines: all,
    netMinor: addMinor(
      ...all.filter(({ voided }) => voided !== true).map((line) => line.extendedAmountMinor),
    ),
    gratuityMinor: minorOfFine(gratuity, currency),
    roundingMinor: minorOfFine(rounding, currency),
    houseMinor: minorOfFine(house, currency),
  };
}

/** Rounds once for the whole check, so that its lines add up to its amount to the cent. */
function linesOf(counted: readonly Draft[], drafts: readonly Draft[], scope: CheckContext): UnnumberedLine[] {
  const { currency } = scope;
  const amounts = spreadFine(
    counted.map(({ price }) => price),
    currency,
  );
  const before = spreadFine(
    counted.map(({ beforeDiscount }) => beforeDiscount),
    currency,
  );
  return drafts.map((draft) => {
    const at = counted.indexOf(draft);
    const amountMinor = amounts[at] ?? minorOfFine(draft.price, currency);
    const beforeMinor = before[at] ?? minorOfFine(draft.beforeDiscount, currency);
    return lineOf(draft, amountMinor, beforeMinor - amountMinor, scope);
  });
}

function lineOf(
  draft: Draft,
  amountMinor: number,
  discountMinor: number,
  scope: CheckContext,
): UnnumberedLine {
  const { type, code, description, quantityMilli, unit } = draft;
  const regularMinor = amountMinor + Math.max(discountMinor, 0);
  const unitPriceMinor = unitPriceOf(regularMinor, quantityMilli);
  const line: UnnumberedLine = {
    type,
    productCode: code,
    ...(description ? { description: cutText(description.toWellFormed(), MAX_TEXT_LENGTH) } : {}),
    quantityMilli,
    unit,
    regularUnitPriceMinor: unitPriceMinor,
    actualUnitPriceMinor: unitPriceMinor,
    extendedAmountMinor: amountMinor,
    ...(discountMinor <= 0
      ? {}
      : {
          discounts: [
            {
              amountMinor: discountMinor,
              ...(draft.discountReason
                ? { reason: cutText(draft.discountReason.toWellFormed(), MAX_TEXT_LENGTH) }
                : {}),
              manual: draft.isManualDiscount,
            },
          ],
        }),
    ...(draft.voided ? { voided: true } : {}),
  };
  return type === 'sale' ? withProduct(line, scope.context.catalog, scope.quality) : line;
}

/** A price of one unit that fits the amount as well as a whole number of minor units can. */
const unitPriceOf = (amountMinor: number, quantityMilli: number): number =>
  quantityMilli === 0
    ? 0
    : Math.abs(Number(divideRounded(BigInt(amountMinor) * 1000n, BigInt(quantityMilli))));

const GIFT_CARDS = new Set(['TOAST_CARD_SELL', 'TOAST_CARD_RELOAD']);

function draftOf(selection: ToastSelection, where: string, scope: CheckContext): Draft {
  const { price, preDiscountPrice, selectionType = '', displayName } = selection;
  if (price === undefined) {
    throw new PermanentError('schema', 'A selection has no price', { where: `${where}/price` });
  }
  const discounts = [...(selection.appliedDiscounts ?? []), ...(scope.check.appliedDiscounts ?? [])];
  return {
    type: GIFT_CARDS.has(selectionType) ? 'giftCard' : selection.deferred === true ? 'deposit' : 'sale',
    code: productCodeOf(selection, scope),
    description: displayName,
    price: fineOf(price, `${where}/price`),
    beforeDiscount: fineOf(preDiscountPrice ?? price, `${where}/preDiscountPrice`),
    ...quantityOf(selection, where, scope),
    voided: selection.voided === true,
    discountReason: discounts.flatMap(({ name }) => name ?? []).join(', '),
    isManualDiscount: discounts.some(({ discountType }) => discountType?.startsWith('OPEN') === true),
  };
}

/** The code that we know, of those that Toast has for an item. */
export function productCodeOf({ plu, item }: ToastSelection, { context }: CheckContext): string {
  const codes = [plu?.trim(), item?.guid].filter((code) => code !== undefined && code !== '');
  const known = codes.find((code) => context.catalog.productOfCode(code ?? '') !== undefined);
  return cutText((known ?? codes[0] ?? 'OPEN_ITEM').toWellFormed(), MAX_CODE_LENGTH);
}

/** Units of Toast as ours: how many of Toast's make one. What is not here is sold as one piece, and said. */
const UNITS: ReadonlyMap<string, readonly [unit: TransactionLine['unit'], perUnit: bigint]> = new Map([
  ['NONE', ['each', 1n]],
  ['LB', ['lb', 1n]],
  ['OZ', ['lb', 16n]],
  ['KG', ['kg', 1n]],
  ['G', ['kg', 1000n]],
  ['L', ['l', 1n]],
  ['ML', ['l', 1000n]],
  ['M', ['m', 1n]],
  ['CM', ['m', 100n]],
]);

function quantityOf({ quantity, unitOfMeasure }: ToastSelection, where: string, { quality }: CheckContext) {
  const found = UNITS.get(unitOfMeasure ?? 'NONE');
  if (found === undefined) {
    quality.flag('content-not-read', `${where}/unitOfMeasure`);
    return { quantityMilli: 1000, unit: 'each' as const };
  }
  const [unit, perUnit] = found;
  const sold = fineOf(quantity ?? 1, `${where}/quantity`);
  const { milli, isExact } = milliOfFine(sold / perUnit);
  if (!isExact || sold % perUnit !== 0n) quality.flag('amount-rounded', `${where}/quantity`);
  return { quantityMilli: milli, unit };
}

function draftOfCharge(charge: ToastServiceCharge, kind: string): Draft {
  const price = fine(charge.chargeAmount, '/checks/appliedServiceCharges');
  return {
    // What guests give for a cause is owed to the cause.
    type: kind === 'FUNDRAISING_CAMPAIGN' ? 'donation' : 'fee',
    code: cutText(kind.toWellFormed(), MAX_CODE_LENGTH) || 'SERVICE_CHARGE',
    description: charge.name,
    price,
    beforeDiscount: price,
    quantityMilli: 1000,
    unit: 'each',
    voided: false,
    discountReason: undefined,
    isManualDiscount: false,
  };
}

/**
 * What the check states beyond its parts. Toast's words leave open whether its amount holds gratuities and the rounding of
 * cash: whichever of them adds up is what it means.
 */
function missingFrom(net: bigint, gratuity: bigint, rounding: bigint, scope: CheckContext): number {
  const { check, currency, quality } = scope;
  if (check.amount === undefined) return 0;
  const statedMinor = minorOfFine(fineOf(check.amount, '/checks/amount'), currency);
  const readings = [0n, gratuity].flatMap((tip) => [0n, rounding].map((cash) => net + tip + cash));
  if (readings.some((reading) => minorOfFine(reading, currency) === statedMinor)) return 0;
  // It counts with its own amount, and finance is told that its parts are something else.
  quality.flag('totals-disagree', '/checks/amount');
  return statedMinor - minorOfFine(net + gratuity + rounding, currency);
}

const discrepancy = (amountMinor: number): UnnumberedLine => ({
  type: amountMinor < 0 ? 'return' : 'sale',
  productCode: 'CHECK_DISCREPANCY',
  quantityMilli: amountMinor < 0 ? -1000 : 1000,
  unit: 'each',
  regularUnitPriceMinor: Math.abs(amountMinor),
  actualUnitPriceMinor: Math.abs(amountMinor),
  extendedAmountMinor: amountMinor,
});
