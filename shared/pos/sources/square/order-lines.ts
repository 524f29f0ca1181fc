import { addMinor, divideRounded, parseDecimal } from '../../../money.ts';
import { cutText } from '../../../ids.ts';
import { withProduct, type Quality } from '../../enrich.ts';
import { MAX_CODE_LENGTH, MAX_TEXT_LENGTH, type TransactionLine } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import type { SquareLine, SquareMoney, SquareOrder, SquareServiceCharge } from './order-schema.ts';
import { quantityMilliOf, unitOf } from './quantity.ts';

interface OrderLines {
  readonly lines: TransactionLine[];
  /** Square lets taxes of both kinds meet in one order; then all amounts are given with tax. */
  readonly taxIncluded: boolean;
  readonly taxMinor: number;
}

const amountOf = (money: SquareMoney | undefined): number => money?.amount ?? 0;

/** The sign of a line: what is sold counts up, what is returned counts down. */
type Sign = 1 | -1;
interface Names {
  readonly taxes: ReadonlyMap<string, NonNullable<SquareOrder['taxes']>[number]>;
  readonly discounts: ReadonlyMap<string, NonNullable<SquareOrder['discounts']>[number]>;
}

/** Items, service charges and returns of the order as lines. */
export function linesOf(order: SquareOrder, context: ReadContext, quality: Quality): OrderLines {
  const names = namesOf(order);
  const taxIncluded = [...names.taxes.values()].some((tax) => tax.type === 'INCLUSIVE');
  const drafts: Array<Omit<TransactionLine, 'lineNumber'>> = [];
  let taxMinor = 0;
  const add = (line: Omit<TransactionLine, 'lineNumber'>, tax: number): void => {
    drafts.push(withProductOf(line, context, quality));
    taxMinor = addMinor(taxMinor, tax);
  };
  const addItems = (items: readonly SquareLine[], sign: Sign): void => {
    for (const item of items)
      add(itemLine(item, sign, taxIncluded, names, quality), sign * amountOf(item.total_tax_money));
  };
  const addCharges = (charges: readonly SquareServiceCharge[], sign: Sign): void => {
    for (const charge of charges) {
      // An apportioned charge is part of its lines already.
      if (charge.treatment_type === 'APPORTIONED_TREATMENT') continue;
      add(chargeLine(charge, sign, taxIncluded), sign * amountOf(charge.total_tax_money));
    }
  };
  addItems(order.line_items ?? [], 1);
  addCharges(order.service_charges ?? [], 1);
  for (const returned of order.returns ?? []) {
    addItems(returned.return_line_items ?? [], -1);
    addCharges(returned.return_service_charges ?? [], -1);
  }
  return { lines: drafts.map((line, index) => ({ ...line, lineNumber: index + 1 })), taxIncluded, taxMinor };
}

function namesOf(order: SquareOrder): Names {
  const returns = order.returns ?? [];
  const taxes = [...(order.taxes ?? []), ...returns.flatMap((returned) => returned.return_taxes ?? [])];
  const discounts = [
    ...(order.discounts ?? []),
    ...returns.flatMap((returned) => returned.return_discounts ?? []),
  ];
  return {
    taxes: new Map(taxes.map((tax) => [tax.uid ?? '', tax])),
    discounts: new Map(discounts.map((discount) => [discount.uid ?? '', discount])),
  };
}

function withProductOf(
  line: Omit<TransactionLine, 'lineNumber'>,
  { catalog }: ReadContext,
  quality: Quality,
): Omit<TransactionLine, 'lineNumber'> {
  return line.type === 'fee' || line.type === 'giftCard' ? line : withProduct(line, catalog, quality);
}

function itemLine(
  item: SquareLine,
  sign: Sign,
  taxIncluded: boolean,
  names: Names,
  quality: Quality,
): Omit<TransactionLine, 'lineNumber'> {
  const quantityMilli = quantityMilliOf(item.quantity, quality);
  const totalMinor = amountOf(item.total_money);
  const lineTaxMinor = amountOf(item.total_tax_money);
  const extendedMinor = taxIncluded ? totalMinor : totalMinor - lineTaxMinor;
  const discounts = (item.applied_discounts ?? []).map(({ discount_uid, applied_money }) => {
    const discount = names.discounts.get(discount_uid);
    return {
      amountMinor: sign * amountOf(applied_money),
      ...textField('reason', discount?.name),
      manual: !discount?.pricing_rule_id && !discount?.catalog_object_id && !discount?.reward_ids?.length,
    };
  });
  const taxes = (item.applied_taxes ?? []).map(({ tax_uid, applied_money }) => {
    const tax = names.taxes.get(tax_uid);
    const rate = parseDecimal(tax?.percentage ?? '', 2);
    return {
      code: cutText(tax?.catalog_object_id ?? tax?.name?.toWellFormed() ?? tax_uid, MAX_CODE_LENGTH),
      ...(rate === undefined || rate < 0 ? {} : { rateBasisPoints: rate }),
      taxableMinor: sign * (totalMinor - lineTaxMinor),
      amountMinor: sign * amountOf(applied_money),
    };
  });
  return {
    type: sign === -1 ? 'return' : item.item_type === 'GIFT_CARD' ? 'giftCard' : 'sale',
    productCode: cutText(
      item.catalog_object_id ?? item.item_type?.toWellFormed() ?? 'CUSTOM_AMOUNT',
      MAX_CODE_LENGTH,
    ),
    ...textField('description', [item.name, item.variation_name].filter(Boolean).join(', ')),
    quantityMilli: sign * quantityMilli,
    unit: unitOf(item.quantity_unit?.measurement_unit),
    regularUnitPriceMinor: amountOf(item.base_price_money),
    actualUnitPriceMinor: amountOf(item.base_price_money) + modifiersPerUnit(item, quantityMilli),
    extendedAmountMinor: sign * extendedMinor,
    ...(discounts.length === 0 ? {} : { discounts }),
    ...(taxes.length === 0 ? {} : { taxes }),
  };
}

function modifiersPerUnit(item: SquareLine, quantityMilli: number): number {
  const modifiers = ('modifiers' in item ? item.modifiers : undefined) ?? [];
  const returned = ('return_modifiers' in item ? item.return_modifiers : undefined) ?? [];
  const minor = addMinor(
    ...[...modifiers, ...returned].map((modifier) => amountOf(modifier.total_price_money)),
  );
  return quantityMilli === 0 ? 0 : Number(divideRounded(BigInt(minor) * 1000n, BigInt(quantityMilli)));
}

function chargeLine(
  charge: SquareServiceCharge,
  sign: Sign,
  taxIncluded: boolean,
): Omit<TransactionLine, 'lineNumber'> {
  const totalMinor = amountOf(charge.total_money);
  const extendedMinor = taxIncluded ? totalMinor : totalMinor - amountOf(charge.total_tax_money);
  return {
    type: sign === -1 ? 'return' : 'fee',
    productCode: cutText(charge.catalog_object_id ?? 'SERVICE_CHARGE', MAX_CODE_LENGTH),
    ...textField('description', charge.name),
    quantityMilli: sign * 1000,
    unit: 'each',
    regularUnitPriceMinor: Math.max(0, extendedMinor),
    actualUnitPriceMinor: Math.max(0, extendedMinor),
    extendedAmountMinor: sign * extendedMinor,
  };
}

function textField<K extends string>(key: K, text: string | null | undefined): Partial<Record<K, string>> {
  return text ? ({ [key]: cutText(text.toWellFormed(), MAX_TEXT_LENGTH) } as Record<K, string>) : {};
}
