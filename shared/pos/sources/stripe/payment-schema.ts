import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { maybe } from '../payload.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of Stripe's PaymentIntent, Charge and Refund; all else is dropped, among it billing details and receipts.
 * https://docs.stripe.com/api/payment_intents/object
 */
export const stripeId = storedText(192).min(1);
const amount = z.int().min(0);
/** Whatever else a merchant keeps there is not looked at. */
const metadata = maybe(
  z.object({
    store: maybe(storedText(100).min(1)),
    till: maybe(storedText(100).min(1)),
    receipt: maybe(storedText(200)),
    operator: maybe(storedText(100).min(1)),
  }),
);
const inPerson = maybe(
  z.object({
    location: maybe(stripeId),
    reader: maybe(stripeId),
    offline: maybe(z.object({ stored_at: maybe(z.int().min(0)) })),
  }),
);
const charge = z.object({
  id: stripeId,
  status: z.string().max(40),
  created: z.int().min(0),
  payment_method_details: maybe(z.object({ card_present: inPerson, interac_present: inPerson })),
});
const paymentIntent = z.object({
  id: stripeId,
  livemode: z.boolean(),
  status: z.string().max(40),
  currency: z.string().length(3),
  amount,
  amount_received: maybe(amount),
  amount_details: maybe(z.object({ tip: maybe(z.object({ amount: maybe(amount) })) })),
  created: z.int().min(0),
  customer: maybe(stripeId),
  metadata,
  latest_charge: maybe(charge),
});
const refund = z.object({
  id: stripeId,
  status: maybe(z.string().max(40)),
  amount,
  currency: z.string().length(3),
  created: z.int().min(0),
  metadata,
});
const refunds = z.object({ has_more: z.boolean(), data: z.array(refund).max(100) });

export type StripePayment = z.infer<typeof paymentIntent>;
export type StripeRefund = z.infer<typeof refund>;

const rules = {
  productFields: new Set<string>(),
  idFields: new Set([
    'id',
    'store',
    'till',
    'receipt',
    'location',
    'reader',
    'paymentintent',
    'latestcharge',
  ]),
  harmlessNames: new Set<string>(),
};

export const scrubbedStripe = (
  value: unknown,
  { pseudonymise }: Pick<ReadContext, 'pseudonymise'>,
): unknown => scrub(value, { ...rules, pseudonymise }).value;

/** Reads the answer of `GET /v1/payment_intents/{id}`: scrubbed and validated. @throws PermanentError `schema` */
export function readStripePayment(answer: unknown, context: ReadContext): StripePayment {
  return read(paymentIntent, answer, 'PaymentIntent', context);
}

/** Reads the answer of `GET /v1/refunds`. @throws PermanentError `schema`, `too-many-refunds` */
export function readStripeRefunds(answer: unknown, context: ReadContext): StripeRefund[] {
  const list = read(refunds, answer, 'list of refunds', context);
  if (!list.has_more) return list.data;
  throw new PermanentError('too-many-refunds', 'The payment has more than 100 refunds: enter it by hand');
}

function read<S extends z.ZodType>(
  schema: S,
  answer: unknown,
  what: string,
  context: ReadContext,
): z.infer<S> {
  const parsed = schema.safeParse(scrubbedStripe(answer, context));
  if (parsed.success) return parsed.data;
  const where = (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
  throw new PermanentError('schema', `The ${what} is not in the form of Stripe's API`, { where });
}
