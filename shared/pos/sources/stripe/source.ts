import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../time.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { Reading, readingOf, type MappedRecord } from '../reading.ts';
import type { Hydration, ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { stripeList } from './list.ts';
import { mapStripePayment } from './payment.ts';
import { hydrateRequest, maybe } from '../payload.ts';
import { readStripePayment, readStripeRefunds, scrubbedStripe, stripeId } from './payment-schema.ts';
import { STRIPE_SIGNATURE_HEADER, signStripeWebhook, verifyStripeWebhook } from './signature.ts';

/** The version of the API that the schemas are written for; Stripe keeps answering in it. */
const API_VERSION = '2024-06-20';

const eventSchema = z.object({
  id: stripeId,
  type: z.string().max(100),
  livemode: maybe(z.boolean()),
  data: z.object({
    object: z.object({ id: maybe(stripeId), object: z.string().max(60), payment_intent: maybe(stripeId) }),
  }),
});
type StripeEvent = z.infer<typeof eventSchema>;

function read(body: Buffer, context: ReadContext): ReadResult {
  const parsed = eventSchema.safeParse(scrubbedStripe(parseJsonBody(body).value, context));
  if (!parsed.success) {
    const where = (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
    throw new UnreadableBody(
      'schema',
      "The body is not in the form of Stripe's events (v1, not thin)",
      body,
      where,
    );
  }
  const event = parsed.data;
  // Stripe would only repeat for days what it is refused.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  reading.record(
    () => noticeOf(event, context),
    () => ({ id: event.id, payload: JSON.stringify(event), replayable: false }),
  );
  return reading.result;
}

/** Charges have no tip and refunds no payment: whatever happened, the payment is asked for. */
function noticeOf({ type, livemode, data: { object } }: StripeEvent, context: ReadContext): MappedRecord {
  if (livemode === false) return { outcome: 'ignored', reason: 'test-payment' };
  const id = object.object === 'payment_intent' ? object.id : object.payment_intent;
  if (id === undefined) {
    throw new PermanentError('unsupported-event-type', `Events of type ${type} name no payment`, {
      where: '/type',
    });
  }
  return {
    outcome: 'hydrate',
    request: hydrateRequest({ source: 'stripe', object: 'payment_intent', id, version: 0 }, context),
  };
}

const hydration: Hydration = {
  apiUrl: 'https://api.stripe.com',
  tokenSecret: 'stripe-access-token',
  headers: (token) => ({ authorization: `Bearer ${token}`, 'stripe-version': API_VERSION }),
  notFoundDelaysMs: [
    10 * SECOND_MS,
    MINUTE_MS,
    5 * MINUTE_MS,
    HOUR_MS / 2,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
  ],
  async hydrate({ id }, api, context) {
    const path = encodeURIComponent(id);
    const payment = readStripePayment(
      await api.get(`/v1/payment_intents/${path}?expand[]=latest_charge`),
      context,
    );
    const refunds = readStripeRefunds(await api.get(`/v1/refunds?payment_intent=${path}&limit=100`), context);
    return readingOf(mapStripePayment(payment, refunds, context), context.catalog);
  },
};

/** Stripe Terminal: https://docs.stripe.com/webhooks. */
export const stripeSource: WebhookSource = {
  source: 'stripe',
  contentTypes: ['application/json'],
  maxBodyBytes: 1024 * 1024,
  // Stripe retries for three days; the rest is slack for what waited in the spill queue.
  retryWindowMs: 4 * DAY_MS,
  verify: verifyStripeWebhook,
  sign({ secret, body, nowMs }) {
    const timestampS = Math.floor(nowMs / SECOND_MS);
    const signature = signStripeWebhook(secret, timestampS, body);
    return { [STRIPE_SIGNATURE_HEADER]: `t=${timestampS},v1=${signature}` };
  },
  read,
  hydration,
  list: stripeList(hydration),
  openApi: {
    summary: 'Events of Stripe Terminal',
    content: { 'application/json': { schema: { type: 'object', description: "Stripe's own event" } } },
    security: {
      name: 'stripeSignature',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: STRIPE_SIGNATURE_HEADER,
        description: 'hex HMAC-SHA256 of the time, a full stop and the body',
      },
    },
  },
};
