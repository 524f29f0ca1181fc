import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { maybe, whereOf } from '../payload.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of Toast's Order; all else is dropped, among it guests, deliveries and card details.
 * https://doc.toasttab.com/openapi/orders/tag/Data-definitions/schema/Order
 */
export const guid = z.string().regex(/^[\w-]{1,64}$/, 'is no GUID');
/** A JSON number in the currency's major unit; what it was written as is kept. */
const amount = z.union([z.number(), z.string().max(40)]);
const time = maybe(
  z
    .string()
    .max(40)
    .regex(/^[\dTtZz:.+-]+$/, 'is no time'),
);
/** yyyymmdd */
const date = maybe(z.int().min(0).max(99_999_999));
const text = maybe(z.string());
const code = maybe(z.string().max(60).regex(/^\w*$/, 'is no name of a list'));
const reference = maybe(z.object({ guid: maybe(guid) }));
const device = maybe(z.object({ id: maybe(storedText(100)) }));
const flag = maybe(z.boolean());

const taxRate = z.object({
  name: text,
  displayName: text,
  rate: maybe(z.number()),
  type: code,
  taxAmount: maybe(amount),
  facilitatorCollectAndRemitTax: flag,
  taxRate: reference,
});
const discount = z.object({ name: text, discountType: code });
const refundDetails = maybe(
  z.object({
    refundAmount: maybe(amount),
    taxRefundAmount: maybe(amount),
    refundTransaction: reference,
  }),
);
const modifier = z.object({ appliedTaxes: maybe(z.array(taxRate)), voided: flag });
const selection = z.object({
  guid: maybe(guid),
  item: reference,
  plu: text,
  displayName: text,
  quantity: maybe(amount),
  unitOfMeasure: code,
  selectionType: code,
  deferred: flag,
  preDiscountPrice: maybe(amount),
  price: maybe(amount),
  voided: flag,
  appliedDiscounts: maybe(z.array(discount)),
  appliedTaxes: maybe(z.array(taxRate)),
  refundDetails,
  modifiers: maybe(z.array(modifier)),
});
const serviceCharge = z.object({
  guid: maybe(guid),
  name: text,
  chargeAmount: maybe(amount),
  gratuity: flag,
  serviceChargeCategory: code,
  appliedTaxes: maybe(z.array(taxRate)),
  refundDetails,
});
const payment = z.object({
  guid,
  type: code,
  amount,
  tipAmount: maybe(amount),
  amountTendered: maybe(amount),
  paidDate: time,
  paidBusinessDate: date,
  paymentStatus: code,
  refundStatus: code,
  refund: maybe(
    z.object({
      refundAmount: maybe(amount),
      tipRefundAmount: maybe(amount),
      refundDate: time,
      refundBusinessDate: date,
      refundTransaction: reference,
    }),
  ),
  voidInfo: maybe(z.object({ voidDate: time })),
});
const check = z.object({
  guid,
  displayNumber: maybe(storedText(100)),
  openedDate: time,
  closedDate: time,
  paidDate: time,
  modifiedDate: time,
  deleted: flag,
  voided: flag,
  paymentStatus: code,
  amount: maybe(amount),
  taxAmount: maybe(amount),
  totalAmount: maybe(amount),
  createdDevice: device,
  selections: maybe(z.array(selection).max(2000)),
  appliedServiceCharges: maybe(z.array(serviceCharge).max(200)),
  appliedDiscounts: maybe(z.array(discount)),
  payments: maybe(z.array(payment).max(100)),
});
const order = z.object({
  guid,
  businessDate: date,
  openedDate: time,
  modifiedDate: time,
  createdDate: time,
  deleted: flag,
  voided: flag,
  createdInTestMode: flag,
  excessFood: flag,
  server: reference,
  createdDevice: device,
  checks: z.array(check).max(500),
});
const compiled = z.compile(order, { strict: true });

export type ToastOrder = z.infer<typeof order>;
export type ToastCheck = z.infer<typeof check>;
export type ToastSelection = z.infer<typeof selection>;
export type ToastServiceCharge = z.infer<typeof serviceCharge>;
export type ToastPayment = z.infer<typeof payment>;
export type ToastTaxRate = z.infer<typeof taxRate>;

const rules = {
  productFields: new Set(['plu']),
  idFields: new Set(['guid', 'id', 'restaurantguid', 'orderguid', 'displaynumber']),
  /** Of items, taxes, discounts and service charges. */
  harmlessNames: new Set(['name', 'displayname']),
};

export const scrubbedToast = (value: unknown, { pseudonymise }: Pick<ReadContext, 'pseudonymise'>): unknown =>
  scrub(value, { ...rules, pseudonymise }).value;

/** @param scrubbed as `scrubbedToast` leaves it. @throws PermanentError `schema` */
export function readToastOrder(scrubbed: unknown): ToastOrder {
  const parsed = compiled.safeParse(scrubbed);
  if (parsed.success) return parsed.data;
  throw new PermanentError('schema', "The order is not in the form of Toast's orders API", {
    where: whereOf(parsed.error),
  });
}
