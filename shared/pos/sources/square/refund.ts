import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { cutText, storedText } from '../../../ids.ts';
import { currencySchema, formatAmount } from '../../../money.ts';
import { scrub } from '../../../privacy/scrub.ts';
import type { ReadContext } from '../source.ts';

/** A field that cannot be read must not cost the rest: the amount of a refund is worth knowing without its time. */
const readable = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined);

/** What we read of a PaymentRefund. https://developer.squareup.com/reference/square/objects/PaymentRefund */
export const refundSchema = z.object({
  id: storedText(192).min(1).optional(),
  order_id: storedText(192).min(1).nullish(),
  status: readable(z.string().max(40)),
  amount_money: readable(z.object({ amount: z.int(), currency: currencySchema })),
  location_id: readable(storedText(100).min(1)),
  created_at: readable(z.string().max(40)),
});
type SquareRefund = z.infer<typeof refundSchema>;

const answerSchema = z.object({ refund: refundSchema });
export const squareRefundRules = {
  productFields: new Set<string>(),
  idFields: new Set(['id', 'orderid', 'paymentid', 'locationid']),
  harmlessNames: new Set<string>(),
};

/** Reads the answer of `GET /v2/refunds/{id}`: scrubbed and validated. @throws PermanentError `schema` */
export function readSquareRefund(answer: unknown, { pseudonymise }: ReadContext): SquareRefund {
  const { value } = scrub(answer, { ...squareRefundRules, pseudonymise });
  const parsed = answerSchema.safeParse(value);
  if (parsed.success) return parsed.data.refund;
  throw new PermanentError('schema', "The refund is not in the form of Square's Refunds API", {
    where: (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join(''),
  });
}

/** No money was given back. */
export const isWithoutMoney = ({ status }: SquareRefund): boolean =>
  status === 'REJECTED' || status === 'FAILED';

/**
 * Money went out, and what came back for it is not known, so it is in no total. Its message says all that a person
 * needs to decide: how much, where and when.
 */
export function refundWithoutOrder(refund: SquareRefund): PermanentError {
  const { amount_money: money, location_id: location, created_at: at } = refund;
  const amount = money
    ? `${formatAmount(money.amount, money.currency)} ${money.currency}`
    : 'an unknown amount';
  const place = location === undefined ? 'an unknown location' : `location ${cutText(location, 100)}`;
  const time =
    at === undefined || Number.isNaN(Date.parse(at)) ? 'an unknown time' : new Date(at).toISOString();
  return new PermanentError(
    'refund-without-order',
    `Money in doubt: a refund of ${amount} at ${place}, made at ${time}, names no order, so it is in no total. ` +
      'Replay it to ask Square for its order again, or enter it by hand',
    { where: '/refund/order_id' },
  );
}
