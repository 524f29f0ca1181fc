import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { eventIdSchema, storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf, withProduct } from '../../enrich.ts';
import { SCHEMA_VERSION, type PosEvent } from '../../event.ts';
import { UnreadableBody } from '../body-text.ts';
import { hydrateRequest } from '../payload.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { HydrateRequest, ReadContext, ReadResult } from '../source.ts';
import { OriginalIds } from '../original-ids.ts';
import { quantityMilliOf } from './quantity.ts';
import { isWithoutMoney, refundSchema, refundWithoutOrder } from './refund.ts';

const notificationSchema = z.compile(
  z.object({
    merchant_id: storedText(192).min(1).optional(),
    type: z.string().min(1).max(100),
    event_id: storedText(192).min(1),
    created_at: z.string().max(40).optional(),
    data: z.object({
      type: z.string().max(100).optional(),
      id: storedText(192).min(1),
      object: z.unknown().optional(),
    }),
  }),
  { strict: true },
);
type Notification = z.infer<typeof notificationSchema>;

const orderNoticeSchema = z.object({ order_id: storedText(192).min(1), version: z.int().min(0).optional() });
const orderObjectSchema = z.union([
  z.object({ order_created: orderNoticeSchema }).transform((object) => object.order_created),
  z.object({ order_updated: orderNoticeSchema }).transform((object) => object.order_updated),
]);
const paymentObjectSchema = z.object({
  payment: z.object({ id: storedText(192).min(1).optional(), order_id: storedText(192).min(1).optional() }),
});
const refundObjectSchema = z.object({ refund: refundSchema });
/** Ids and quantities are checked location by location, as one that is wrong must not cost its neighbours. */
const countsObjectSchema = z.object({
  inventory_counts: z
    .array(
      z.object({
        catalog_object_id: z.string(),
        state: z.string().max(40),
        location_id: z.string().max(100),
        quantity: z.string().max(40),
        calculated_at: z.string().max(40).optional(),
      }),
    )
    .min(1),
});
type Count = z.infer<typeof countsObjectSchema>['inventory_counts'][number];

/** Five times what Square takes in one call of its inventory API. */
const MAX_COUNTS = 500;

const productFields = new Set(['catalogobjectid']);
const idFields = new Set(['id', 'eventid', 'merchantid', 'locationid', 'orderid', 'paymentid', 'refundid']);
const harmlessNames = new Set<string>();

/**
 * Square's notifications. Those of orders, payments and refunds are thin, and say no more than that something changed:
 * the order is asked for. Those of stock counts are complete.
 * @throws UnreadableBody
 */
export function readNotification(sent: unknown, body: Buffer, context: ReadContext): ReadResult {
  // All of it: the ids of the notification itself are kept and logged as well.
  const ids = new OriginalIds(context.pseudonymise);
  const { value } = scrub(sent, { productFields, idFields, harmlessNames, pseudonymise: ids.pseudonymise });
  const parsed = notificationSchema.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path ?? [];
    const where = path.map((part) => `/${String(part)}`).join('');
    throw new UnreadableBody('schema', "The body is not in the form of Square's notifications", body, where);
  }
  const notification = parsed.data;
  // Square would only repeat what it is refused, and then switch us off.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  if (notification.type === 'inventory.count.updated') readCounts(notification, context, reading);
  else {
    reading.record(
      () => noticeOf(notification, ids, context),
      ({ code }) => ({
        id: notification.event_id,
        payload: payloadOf(notification, undefined),
        replayable: false,
        ...(code === 'refund-without-order' ? { ask: refundToAsk(notification, ids, context) } : {}),
      }),
    );
  }
  return reading.result;
}

/** @param id as Square has it: under a pseudonym it could not be asked for. */
const requestOf = (
  object: 'order' | 'payment' | 'refund',
  id: string,
  version: number,
  context: ReadContext,
): HydrateRequest => hydrateRequest({ source: 'square', object, id, version }, context);

function refundToAsk({ data }: Notification, ids: OriginalIds, context: ReadContext): HydrateRequest {
  const { refund } = objectOf(refundObjectSchema, data.object);
  return requestOf('refund', ids.originalOf(refund.id ?? data.id), 0, context);
}

function noticeOf({ type, data }: Notification, ids: OriginalIds, context: ReadContext): MappedRecord {
  const ask = (object: 'order' | 'payment', id: string, version = 0): MappedRecord => ({
    outcome: 'hydrate',
    request: requestOf(object, ids.originalOf(id), version, context),
  });
  switch (type) {
    case 'order.created':
    case 'order.updated': {
      const notice = objectOf(orderObjectSchema, data.object);
      return ask('order', notice.order_id, notice.version);
    }
    case 'payment.created':
    case 'payment.updated': {
      const { payment } = objectOf(paymentObjectSchema, data.object);
      // Without an order its money would be nowhere: the payment itself is asked for.
      return payment.order_id === undefined
        ? ask('payment', payment.id ?? data.id)
        : ask('order', payment.order_id);
    }
    case 'refund.created':
    case 'refund.updated': {
      const { refund } = objectOf(refundObjectSchema, data.object);
      if (refund.order_id) return ask('order', refund.order_id);
      if (isWithoutMoney(refund)) return { outcome: 'ignored', reason: 'refund-without-money' };
      throw refundWithoutOrder(refund);
    }
    default:
      throw new PermanentError('unsupported-event-type', `Notifications of type ${type} are not used`, {
        where: '/type',
      });
  }
}

function objectOf<S extends z.ZodType>(schema: S, object: unknown): z.infer<S> {
  const parsed = schema.safeParse(object);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path ?? [];
  throw new PermanentError('schema', 'The object is not as Square documents it', {
    where: ['/data/object', ...path.map(String)].join('/'),
  });
}

function readCounts(notification: Notification, context: ReadContext, reading: Reading): void {
  const { event_id: eventId } = notification;
  const value = notification.data.object;
  const parsed = countsObjectSchema.safeParse(value);
  const counts = parsed.data?.inventory_counts ?? [];
  const fault = !parsed.success
    ? () => objectOf(countsObjectSchema, value)
    : counts.length > MAX_COUNTS
      ? () => {
          throw new PermanentError(
            'too-many-events',
            `A notification has ${counts.length} stock counts; at most ${MAX_COUNTS} are read`,
            { where: '/data/object/inventory_counts' },
          );
        }
      : undefined;
  const inStock = counts.filter(({ state }) => state === 'IN_STOCK');
  if (fault ?? inStock.length === 0) {
    const kept = { id: eventId, payload: payloadOf(notification, counts), replayable: false };
    reading.record(
      () => {
        fault?.();
        return { outcome: 'ignored', reason: 'not-in-stock-state' };
      },
      () => kept,
    );
    return;
  }
  const byLocation = new Map<string, Count[]>();
  for (const count of inStock) {
    const ofLocation = byLocation.get(count.location_id);
    if (ofLocation) ofLocation.push(count);
    else byLocation.set(count.location_id, [count]);
  }
  for (const [location, ofLocation] of byLocation) {
    reading.record(
      () => ({ outcome: 'event', event: countEvent(notification, location, ofLocation, context) }),
      () => ({
        id: eventId,
        payload: payloadOf(notification, ofLocation),
        replayable: true,
      }),
    );
  }
}

function countEvent(
  notification: Notification,
  location: string,
  counts: readonly Count[],
  context: ReadContext,
): PosEvent {
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'square', location, quality);
  const times = counts
    .map((count) => count.calculated_at ?? notification.created_at ?? context.receivedAt)
    .sort();
  const occurredAt = instantOf(times.at(-1) ?? context.receivedAt, store, quality) ?? context.receivedAt;
  const items = counts.map(({ catalog_object_id: productCode, quantity }) => ({
    ...withProduct({ productCode }, context.catalog, quality),
    quantityMilli: quantityMilliOf(quantity, quality),
    unit: context.catalog.productOfCode(productCode)?.unit ?? 'each',
  }));
  const businessDate = businessDateFor(undefined, occurredAt, store, quality);
  const { issues } = quality;
  return checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: eventIdSchema.parse(`square:${notification.event_id}:${location}`),
    source: 'square',
    storeId,
    occurredAt,
    businessDate,
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version: 1,
    kind: 'stock',
    action: 'count',
    reason: 'count',
    items,
    ...(issues.length === 0 ? {} : { quality: issues }),
  });
}

/** What is kept of a notification: its ids, and stock counts. All other objects may hold a customer. */
function payloadOf(
  { merchant_id, type, event_id, created_at, data }: Notification,
  counts: readonly Count[] | undefined,
): string {
  const kept = {
    merchant_id,
    type,
    event_id,
    created_at,
    data: {
      type: data.type,
      id: data.id,
      ...(counts === undefined ? {} : { object: { inventory_counts: counts } }),
    },
  };
  return JSON.stringify(kept);
}
