import { z } from 'zod';
import { DAY_MS, SECOND_MS } from '../../../time.ts';
import { listAnswer, listPhase } from '../list-answer.ts';
import type { HydrateContext, Hydration, ListClient, ListedObject, ListQuery } from '../source.ts';
import { maybe } from '../payload.ts';
import { scrubbedStripe, stripeId } from './payment-schema.ts';

const PER_PAGE = 100;
/** What says that money moved at a till. Refunds are listed besides: not every account has all events of them. */
const TYPES = [
  'payment_intent.succeeded',
  'charge.captured',
  'charge.failed',
  'charge.refund.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
];

const inPerson = maybe(z.object({ offline: maybe(z.object({ stored_at: maybe(z.int()) })) }));
const objectSchema = z.object({
  id: stripeId,
  object: z.string().max(60),
  status: maybe(z.string().max(40)),
  payment_intent: maybe(stripeId),
  payment_method_types: maybe(z.array(z.string())),
  payment_method_details: maybe(z.object({ card_present: inPerson, interac_present: inPerson })),
});
const listOf = <S extends z.ZodType>(item: S) =>
  z.object({ has_more: z.boolean(), data: z.array(item).max(PER_PAGE) });
const eventsSchema = listOf(
  z.object({ id: stripeId, livemode: z.boolean(), data: z.object({ object: objectSchema }) }),
);
const refundsSchema = listOf(objectSchema);
type StripeObject = z.infer<typeof objectSchema>;

/**
 * Stripe: its events, which it keeps for 30 days, and the refunds that were made.
 * https://docs.stripe.com/api/events/list
 */
export const stripeList = (access: Hydration): ListClient => ({
  access,
  per: 'sender',
  // A hundred reads a second are allowed live, 25 in test mode.
  pauseMs: SECOND_MS / 10,
  reachMs: 30 * DAY_MS,
  async page(query, api, context) {
    const { phase, cursor, next } = listPhase(query.cursor, ['events', 'refunds']);
    const answer = await api.get(pathOf(phase, query, cursor));
    const what = `Stripe's list of ${phase}`;
    let found: StripeObject[];
    let last: string | undefined;
    let hasMore: boolean;
    if (phase === 'events') {
      const page = listAnswer(eventsSchema, answer, what);
      found = page.data.filter(({ livemode }) => livemode).map(({ data }) => data.object);
      [last, hasMore] = [page.data.at(-1)?.id, page.has_more];
    } else {
      const page = listAnswer(refundsSchema, answer, what);
      [found, last, hasMore] = [page.data, page.data.at(-1)?.id, page.has_more];
    }
    const following = next(hasMore ? last : undefined);
    return {
      objects: found.flatMap((object) => listed(object, context)),
      ...(following === undefined ? {} : { next: following }),
    };
  },
});

/** Newest first, so what happens while a window is listed cannot push anything over the edge of a page. */
function pathOf(list: string, { fromMs, toMs }: ListQuery, cursor: string | undefined): string {
  const query = new URLSearchParams({
    'created[gte]': String(Math.floor(fromMs / SECOND_MS)),
    'created[lt]': String(Math.ceil(toMs / SECOND_MS)),
    limit: String(PER_PAGE),
  });
  if (list === 'events') for (const type of TYPES) query.append('types[]', type);
  if (cursor !== undefined) query.set('starting_after', cursor);
  return `/v1/${list}?${query.toString()}`;
}

const FAILED = new Set(['failed', 'canceled']);

/** What our events of it are called: see `mapStripePayment`. */
function listed(object: StripeObject, context: HydrateContext): ListedObject[] {
  const payment = object.object === 'payment_intent' ? object.id : object.payment_intent;
  if (payment === undefined) return [];
  const ofPayment = (suffix: string, version: number): ListedObject => ({
    object: 'payment_intent',
    id: payment,
    version: 0,
    transactions: [{ transactionId: `${scrubbedId(payment, context)}${suffix}`, version }],
  });
  switch (object.object) {
    case 'payment_intent': {
      const types = object.payment_method_types ?? [];
      const isAtTill = types.includes('card_present') || types.includes('interac_present');
      return isAtTill ? [ofPayment('', 1)] : [];
    }
    case 'charge': {
      const details = object.payment_method_details;
      const atTill = details?.card_present ?? details?.interac_present;
      if (!atTill) return [];
      if (object.status !== 'failed') return [ofPayment('', 1)];
      // Declined later, after the goods were handed over: the payment is read, and finance is notified.
      const wasOffline = atTill.offline?.stored_at !== undefined;
      return wasOffline ? [{ ...ofPayment('', 1), transactions: [] }] : [];
    }
    case 'refund': {
      const status = object.status ?? '';
      if (status !== 'succeeded' && !FAILED.has(status)) return [];
      return [ofPayment(`-${scrubbedId(object.id, context)}`, FAILED.has(status) ? 2 : 1)];
    }
    default:
      return [];
  }
}

const scrubbedId = (id: string, context: HydrateContext): string =>
  (scrubbedStripe({ id }, context) as { id: string }).id;
