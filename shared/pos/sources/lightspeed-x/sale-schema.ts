import { z } from 'zod';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { maybe } from '../payload.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of a sale and of a register closure, in the shape of API 1.0, which webhooks still send; all else is dropped, among it
 * customers and notes. Numbers come as texts as well. https://x-series-api.lightspeedhq.com/docs/webhooks
 */
const id = z.string().regex(/^[\w-]{1,64}$/, 'is no id');
/** Nothing is written as an empty text, or as null. */
const orNothing = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());
const amount = z.union([z.number(), z.string().max(40)]);
const time = orNothing(
  z
    .string()
    .max(40)
    .regex(/^[\d TtZz:.+-]+$/, 'is no time'),
);
const text = maybe(z.string());
const flag = maybe(
  z
    .union([z.boolean(), z.number(), z.string().max(10)])
    .transform((value) => [true, 1, '1', 'true'].includes(value)),
);

const product = z.object({
  id: orNothing(id),
  product_id: orNothing(id),
  sku: text,
  name: text,
  handle: text,
  quantity: amount,
  price: orNothing(amount),
  price_total: orNothing(amount),
  tax_total: orNothing(amount),
  discount_total: orNothing(amount),
  tax_id: orNothing(id),
  tax_name: text,
  tax_rate: orNothing(amount),
  status: maybe(z.string().max(40)),
  is_return: flag,
  price_set: flag,
});
const payment = z.object({
  id: orNothing(id),
  name: text,
  amount,
  payment_date: time,
});
export const saleSchema = z.object({
  id,
  outlet_id: orNothing(id),
  register_id: orNothing(id),
  user_id: orNothing(id),
  invoice_number: maybe(storedText(200)),
  status: z
    .string()
    .max(40)
    .regex(/^[A-Z_]+$/, 'is no status'),
  return_for: orNothing(id),
  sale_date: time,
  created_at: time,
  updated_at: time,
  deleted_at: time,
  version: orNothing(z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)),
  total_price: orNothing(amount),
  total_tax: orNothing(amount),
  register_sale_products: z.array(product).max(2000),
  register_sale_payments: maybe(z.array(payment).max(500)),
});
export type LightspeedSale = z.infer<typeof saleSchema>;
export type LightspeedProduct = z.infer<typeof product>;

export const closureSchema = z.object({
  id: orNothing(id),
  outlet_id: orNothing(id),
  register_id: id,
  register_open_time: time,
  register_close_time: time,
  updated_at: time,
  payments: maybe(
    z
      .array(
        z.object({
          name: text,
          payment_type_name: text,
          total: orNothing(amount),
          counted: orNothing(amount),
        }),
      )
      .max(50),
  ),
});
export type LightspeedClosure = z.infer<typeof closureSchema>;

const rules = {
  productFields: new Set(['sku']),
  idFields: new Set([
    'id',
    'outletid',
    'registerid',
    'userid',
    'productid',
    'taxid',
    'returnfor',
    'invoicenumber',
  ]),
  /** Of products, taxes and payment types. */
  harmlessNames: new Set(['name', 'taxname', 'paymenttypename']),
};

export const scrubbedLightspeed = (
  value: unknown,
  { pseudonymise }: Pick<ReadContext, 'pseudonymise'>,
): unknown => scrub(value, { ...rules, pseudonymise }).value;
