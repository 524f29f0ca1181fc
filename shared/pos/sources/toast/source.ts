import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { DAY_MS } from '../../../time.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import { hydrateRequest, maybe, whereOf } from '../payload.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { HydrateRequest, ReadContext, ReadResult, WebhookSource } from '../source.ts';
import { toastHydration } from './hydrate.ts';
import { toastList } from './list.ts';
import { guid, readToastOrder, scrubbedToast } from './order-schema.ts';
import { eventsOfOrder } from './order.ts';
import { TOAST_SIGNATURE_HEADER, signToastWebhook, verifyToastWebhook } from './signature.ts';

const messageSchema = z.object({
  timestamp: maybe(
    z
      .string()
      .max(40)
      .regex(/^[\dTtZz:.+-]+$/),
  ),
  eventCategory: maybe(z.string().max(100).regex(/^\w*$/)),
  eventType: maybe(z.string().max(100).regex(/^\w*$/)),
  guid: maybe(guid),
  details: z.object({
    restaurantGuid: maybe(guid),
    orderGuid: maybe(guid),
    order: maybe(z.looseObject({ guid: maybe(guid) })),
  }),
});
type Message = z.infer<typeof messageSchema>;

/** Categories that are about no order. */
const WITHOUT_ORDER: ReadonlyMap<string, string> = new Map([
  ['partners', 'not-an-order'],
  ['stock', 'not-an-order'],
  ['menus', 'not-an-order'],
  ['restaurant_availability', 'not-an-order'],
  ['guest_order_fulfillment_status', 'not-an-order'],
  ['digital_schedule', 'not-an-order'],
  ['packaging', 'not-an-order'],
]);

/** @throws UnreadableBody */
function read(body: Buffer, context: ReadContext): ReadResult {
  const sent = scrubbedToast(parseJsonBody(body).value, context);
  const parsed = messageSchema.safeParse(sent);
  if (!parsed.success) {
    throw new UnreadableBody(
      'schema',
      "The body is not in the form of Toast's webhook messages",
      body,
      whereOf(parsed.error),
    );
  }
  const message = parsed.data;
  // Toast tries three times within a quarter of an hour, and then drops the message.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  for (const map of recordsOf(message, context)) {
    reading.record(map, ({ code }) => ({
      ...(message.guid === undefined ? {} : { id: message.guid }),
      ...keptOf(message, code, context),
    }));
  }
  return reading.result;
}

function recordsOf(message: Message, context: ReadContext): (() => MappedRecord)[] {
  const { order, restaurantGuid } = message.details;
  if (order === undefined) return [() => noticeOf(message, context)];
  try {
    return eventsOfOrder(readToastOrder(order), restaurantGuid, context);
  } catch (thrown) {
    return [
      () => {
        throw thrown;
      },
    ];
  }
}

/** A message without its order: it is asked for, where it is named. */
function noticeOf(message: Message, context: ReadContext): MappedRecord {
  const reason = WITHOUT_ORDER.get(message.eventCategory ?? '');
  if (reason !== undefined) return { outcome: 'ignored', reason };
  const request = orderRequest(message, context);
  if (request !== undefined) return { outcome: 'hydrate', request };
  throw new PermanentError('unsupported-event-type', 'The message names no order', { where: '/details' });
}

function orderRequest({ details }: Message, context: ReadContext): HydrateRequest | undefined {
  const id = details.order?.guid ?? details.orderGuid;
  if (id === undefined || details.restaurantGuid === undefined) return undefined;
  return hydrateRequest(
    { source: 'toast', object: 'order', id: `${details.restaurantGuid}/${id}`, version: 0 },
    context,
  );
}

/** Guests are in every order, so ids alone are kept: a replay asks Toast for the order. */
function keptOf(message: Message, code: string, context: ReadContext) {
  const { timestamp, eventCategory, eventType, details } = message;
  const ask = code === 'unsupported-event-type' ? undefined : orderRequest(message, context);
  const { restaurantGuid, order, orderGuid = order?.guid } = details;
  return {
    payload: JSON.stringify({
      timestamp,
      eventCategory,
      eventType,
      guid: message.guid,
      details: { restaurantGuid, orderGuid },
    }),
    replayable: false,
    ...(ask === undefined ? {} : { ask }),
  };
}

/** Toast: https://doc.toasttab.com/doc/devguide/devOrdersWebhookRef.html. Its messages hold the whole order. */
export const toastSource: WebhookSource = {
  source: 'toast',
  contentTypes: ['application/json'],
  // Orders of more than 600 kB are announced.
  maxBodyBytes: 4 * 1024 * 1024,
  // Toast retries for a quarter of an hour; the rest is slack for what waited in the spill queue.
  retryWindowMs: DAY_MS,
  verify: verifyToastWebhook,
  sign: ({ secret, body }) => ({ [TOAST_SIGNATURE_HEADER]: signToastWebhook(secret, body) }),
  read,
  hydration: toastHydration,
  list: toastList,
  openApi: {
    summary: 'Order messages of Toast',
    content: { 'application/json': { schema: { type: 'object', description: "Toast's own message" } } },
    security: {
      name: 'toastSignature',
      scheme: {
        type: 'apiKey',
        in: 'header',
        name: TOAST_SIGNATURE_HEADER,
        description: "base64 HMAC-SHA256 of the body followed by the message's timestamp",
      },
    },
  },
};
