import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of Clover's REST API v3; all else is dropped, among it customers, notes and card details. Amounts are
 * integers of the currency's minor unit, times epoch milliseconds, lists stand in `elements`.
 * https://docs.clover.com/dev/reference
 */
const maybe = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? undefined);
const id = storedText(100).min(1);
const amount = z.int();
const time = maybe(z.int().min(0));
const text = maybe(z.string());
const reference = maybe(z.object({ id }));
/** The most that Clover gives of a list in one answer. */
export const MAX_ELEMENTS = 1000;
const listOf = <S extends z.ZodType>(element: S) =>
  z.object({ elements: z.array(element).max(MAX_ELEMENTS) }).transform(({ elements }) => elements);
const maybeListOf = <S extends z.ZodType>(element: S) =>
  listOf(element)
    .nullish()
    .transform((list) => list ?? []);

const discount = z.object({
  name: text,
  /** The standard discount that it is; none for one keyed in at the till. */
  discount: reference,
  /** Zero or less. */
  amount: maybe(amount),
  /** Whole percents. */
  percentage: maybe(z.int().min(0)),
  /** Percents times 10,000. */
  percentageDecimal: maybe(z.int().min(0)),
});
const tender = maybe(z.object({ label: text, labelKey: text }));
/** A rate of 100 % is 10,000,000. For VAT merchants `taxableAmount` includes the tax. */
const taxRate = z.object({
  id: maybe(id),
  name: text,
  rate: maybe(z.int().min(0)),
  taxableAmount: maybe(amount),
  taxAmount: maybe(amount),
  isVat: maybe(z.boolean()),
});
const charge = maybe(z.object({ name: text, amount: maybe(amount) }));
const charges = z
  .union([listOf(z.object({ amount: maybe(amount) })), z.array(z.object({ amount: maybe(amount) }))])
  .nullish()
  .transform((list) => list ?? []);

const lineItem = z.object({
  id,
  item: reference,
  itemCode: text,
  name: text,
  price: maybe(amount),
  /** Thousandths; then `price` is per unit. */
  unitQty: maybe(z.int()),
  unitName: text,
  createdTime: time,
  isRevenue: maybe(z.boolean()),
  isOrderFee: maybe(z.boolean()),
  /** Of an order fee: percents times 10,000. */
  percentage: maybe(z.int().min(0)),
  exchanged: maybe(z.boolean()),
  exchangedLineItem: reference,
  discounts: maybeListOf(discount),
  modifications: maybeListOf(z.object({ amount: maybe(amount) })),
});
const refund = z.object({
  id,
  /** With tax and tip. */
  amount,
  taxAmount: maybe(amount),
  tipAmount: maybe(amount),
  createdTime: time,
  clientCreatedTime: time,
  payment: reference,
  employee: reference,
  device: reference,
  lineItems: maybeListOf(z.object({ id })),
  overrideMerchantTender: tender,
  voided: maybe(z.boolean()),
  status: maybe(z.string().max(40)),
});
const payment = z.object({
  id,
  order: reference,
  tender,
  /** With tax, without the tip. */
  amount,
  tipAmount: maybe(amount),
  taxAmount: maybe(amount),
  cashbackAmount: maybe(amount),
  cashTendered: maybe(amount),
  createdTime: time,
  clientCreatedTime: time,
  modifiedTime: time,
  offline: maybe(z.boolean()),
  result: z.string().max(40),
  device: reference,
  employee: reference,
  serviceCharge: charge,
  additionalCharges: charges,
  taxRates: maybeListOf(taxRate),
  refunds: maybeListOf(refund),
});
const credit = z.object({
  id,
  tender,
  amount,
  taxAmount: maybe(amount),
  createdTime: time,
  clientCreatedTime: time,
  device: reference,
  employee: reference,
  voided: maybe(z.boolean()),
  result: maybe(z.string().max(40)),
  creditRefunds: maybeListOf(z.object({ id: maybe(id) })),
});
const order = z.object({
  id,
  currency: z.string().max(3),
  total: maybe(amount),
  title: text,
  state: text,
  paymentState: maybe(z.string().max(40)),
  isVat: maybe(z.boolean()),
  testMode: maybe(z.boolean()),
  createdTime: time,
  clientCreatedTime: time,
  modifiedTime: time,
  employee: reference,
  device: reference,
  serviceCharge: maybe(
    z.object({
      name: text,
      enabled: maybe(z.boolean()),
      percentage: maybe(z.int().min(0)),
      percentageDecimal: maybe(z.int().min(0)),
    }),
  ),
  discounts: maybeListOf(discount),
  refunds: maybeListOf(refund),
  credits: maybeListOf(credit),
  voids: maybeListOf(payment),
});
const cashEvent = z.object({
  type: z.string().max(40),
  amountChange: maybe(amount),
  timestamp: z.int().min(0),
  employee: reference,
  device: reference,
});

export type CloverOrder = z.infer<typeof order>;
export type CloverLine = z.infer<typeof lineItem>;
export type CloverPayment = z.infer<typeof payment>;
export type CloverRefund = z.infer<typeof refund>;
export type CloverCredit = z.infer<typeof credit>;
export type CloverDiscount = z.infer<typeof discount>;
export type CloverCashEvent = z.infer<typeof cashEvent>;
export type CloverTender = z.infer<typeof tender>;

const rules = {
  productFields: new Set(['itemcode']),
  idFields: new Set(['id']),
  /** Items, discounts, tenders and taxes have names as well. */
  harmlessNames: new Set(['name', 'unitname']),
};

/** An id as events have it: digits that may be a card number stand there as a pseudonym. */
export const scrubbedCloverId = (
  given: string,
  { pseudonymise }: Pick<ReadContext, 'pseudonymise'>,
): string => (scrub({ id: given }, { ...rules, pseudonymise }).value as { id: string }).id;

type Reader<T> = (answer: unknown, context: Pick<ReadContext, 'pseudonymise'>) => T;

/** Scrubs and validates an answer. @throws PermanentError `schema` */
function reader<S extends z.ZodType>(schema: S, what: string): Reader<z.infer<S>> {
  const compiled = z.compile(schema, { strict: true });
  return (answer, { pseudonymise }) => {
    const parsed = compiled.safeParse(scrub(answer, { ...rules, pseudonymise }).value);
    if (parsed.success) return parsed.data;
    const where = (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
    throw new PermanentError('schema', `The ${what} is not in the form of Clover's REST API`, { where });
  };
}

export const readCloverOrder = reader(order, 'order');
export const readCloverRefunds = reader(order.pick({ refunds: true }), 'order with its refunds');
export const readCloverLines = reader(listOf(lineItem), 'list of line items');
export const readCloverPayments = reader(listOf(payment), 'list of payments');
export const readCloverPayment = reader(payment.pick({ id: true, order: true }), 'payment');
export const readCloverCashEvents = reader(listOf(cashEvent), 'list of cash events');
