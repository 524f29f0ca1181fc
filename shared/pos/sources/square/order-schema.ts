import { z } from 'zod';
import { storedText } from '../../../ids.ts';

/**
 * What we read of Square's Order object; all else is dropped, among it ticket names, notes, fulfilments and card
 * details. https://developer.squareup.com/reference/square/objects/Order
 */
const money = z.object({ amount: z.int(), currency: z.string() });
const code = storedText(192).min(1);
const optionalCode = code.nullish();

const appliedTax = z.object({ tax_uid: code, applied_money: money.optional() });
const appliedDiscount = z.object({ discount_uid: code, applied_money: money.optional() });
const measurement = z.object({
  weight_unit: z.string().optional(),
  volume_unit: z.string().optional(),
  length_unit: z.string().optional(),
});

const lineCommon = {
  uid: optionalCode,
  name: z.string().nullish(),
  variation_name: z.string().nullish(),
  quantity: z.string().max(40),
  quantity_unit: z.object({ measurement_unit: measurement.optional() }).nullish(),
  catalog_object_id: optionalCode,
  item_type: z.string().optional(),
  applied_taxes: z.array(appliedTax).nullish(),
  applied_discounts: z.array(appliedDiscount).nullish(),
  base_price_money: money.optional(),
  total_tax_money: money.optional(),
  total_money: money.optional(),
};
const lineItem = z.object({
  ...lineCommon,
  modifiers: z.array(z.object({ total_price_money: money.optional() })).nullish(),
});
const returnLineItem = z.object({
  ...lineCommon,
  return_modifiers: z.array(z.object({ total_price_money: money.optional() })).nullish(),
});

const tax = z.object({
  uid: optionalCode,
  catalog_object_id: optionalCode,
  name: z.string().nullish(),
  type: z.string().optional(),
  percentage: z.string().nullish(),
});
const discount = z.object({
  uid: optionalCode,
  name: z.string().nullish(),
  catalog_object_id: optionalCode,
  pricing_rule_id: optionalCode,
  reward_ids: z.array(z.string()).nullish(),
});
const serviceCharge = z.object({
  uid: optionalCode,
  name: z.string().nullish(),
  catalog_object_id: optionalCode,
  treatment_type: z.string().optional(),
  total_money: money.optional(),
  total_tax_money: money.optional(),
});
const rounding = z.object({ amount_money: money.optional() }).optional();

const tender = z.object({
  id: code.optional(),
  /** The payment, where it has an id of its own; otherwise the tender's id is the payment's. */
  payment_id: optionalCode,
  created_at: z.string().max(40).optional(),
  type: z.string(),
  amount_money: money.optional(),
  cash_details: z
    .object({ buyer_tendered_money: money.optional(), change_back_money: money.optional() })
    .nullish(),
});

const orderSchema = z.object({
  id: code,
  location_id: z.string().min(1).max(100),
  state: z.string().optional(),
  version: z.int().min(0).optional(),
  created_at: z.string().max(40).optional(),
  updated_at: z.string().max(40).optional(),
  closed_at: z.string().max(40).optional(),
  customer_id: optionalCode,
  line_items: z.array(lineItem).nullish(),
  taxes: z.array(tax).nullish(),
  discounts: z.array(discount).nullish(),
  service_charges: z.array(serviceCharge).nullish(),
  returns: z
    .array(
      z.object({
        source_order_id: optionalCode,
        return_line_items: z.array(returnLineItem).nullish(),
        return_service_charges: z.array(serviceCharge).nullish(),
        return_taxes: z.array(tax).nullish(),
        return_discounts: z.array(discount).nullish(),
        rounding_adjustment: rounding,
      }),
    )
    .nullish(),
  return_amounts: z.object({ tip_money: money.optional() }).nullish(),
  rounding_adjustment: rounding,
  tenders: z.array(tender).nullish(),
  refunds: z
    .array(
      z.object({
        tender_id: optionalCode,
        /** The order that was paid with the tender. */
        transaction_id: optionalCode,
        amount_money: money.optional(),
        status: z.string().optional(),
      }),
    )
    .nullish(),
  total_money: money.optional(),
  total_tip_money: money.optional(),
});

export const compiledOrderAnswer = z.compile(z.object({ order: orderSchema }), { strict: true });
export type SquareOrder = z.infer<typeof orderSchema>;
export type SquareLine = z.infer<typeof lineItem> | z.infer<typeof returnLineItem>;
export type SquareServiceCharge = z.infer<typeof serviceCharge>;
export type SquareMoney = z.infer<typeof money>;
