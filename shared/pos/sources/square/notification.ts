import { z } from 'zod';
import { eventIdSchema } from '../../../ids.ts';
import { PermanentError, messageOf } from '../../../errors.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf, withProduct } from '../../enrich.ts';
import { SCHEMA_VERSION, type PosEvent } from '../../event.ts';
import { UnreadableBody, parseJsonBody } from '../body-text.ts';
import {
  addEvent,
  emptyResult,
  type HydrateRequest,
  type ReadContext,
  type ReadResult,
  type WebhookSource,
  type SeenEvents,
} from '../source.ts';
import { warningsOf } from '../warnings.ts';
import { quantityMilliOf } from './quantity.ts';
import { verifySquareWebhook } from './signature.ts';

/**
 * Square's notifications. Those of orders and payments are thin, and say no more than that something changed: the
 * order is asked for (`hydrate`). Those of stock counts are complete.
 */
export const squareSource: WebhookSource = {
  source: 'square',
  contentTypes: ['application/json'],
  maxBodyBytes: 1024 * 1024,
  verify: verifySquareWebhook,
  read,
};

const productFields = new Set(['catalogobjectid']);
const idFields = new Set(['id', 'eventid', 'merchantid', 'locationid', 'orderid']);
const code = z.string().min(1).max(192);
const notificationSchema = z.compile(
  z.object({
    merchant_id: z.string().max(192).optional(),
    type: z.string().min(1).max(100),
    event_id: code,
    created_at: z.string().max(40).optional(),
    data: z.object({ type: z.string().max(100).optional(), id: code, object: z.unknown().optional() }),
  }),
  { strict: true },
);
type Notification = z.infer<typeof notificationSchema>;

const orderNoticeSchema = z.object({ order_id: code, version: z.int().min(0).optional() });
const orderObjectSchema = z.union([
  z.object({ order_created: orderNoticeSchema }).transform((object) => object.order_created),
  z.object({ order_updated: orderNoticeSchema }).transform((object) => object.order_updated),
]);
const paymentObjectSchema = z.object({ payment: z.object({ order_id: code.optional() }) });
const countsObjectSchema = z.object({
  inventory_counts: z
    .array(
      z.object({
        catalog_object_id: z.string().min(1).max(100),
        state: z.string(),
        location_id: z.string().min(1).max(100),
        quantity: z.string().max(40),
        calculated_at: z.string().max(40).optional(),
      }),
    )
    .min(1),
});

function read(body: Buffer, context: ReadContext): ReadResult {
  // All of it: the ids of the notification itself are kept and logged as well.
  const { value } = scrub(parseJsonBody(body).value, {
    productFields,
    idFields,
    harmlessNames: new Set(),
    pseudonymise: context.pseudonymise,
  });
  const parsed = notificationSchema.safeParse(value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path ?? [];
    const where = path.map((part) => `/${String(part)}`).join('');
    throw new UnreadableBody('schema', "The body is not in the form of Square's notifications", body, where);
  }
  const notification = parsed.data;
  // Square would only repeat what it is refused, and then switch us off.
  const result: ReadResult = { ...emptyResult(1), acceptRejected: true };
  try {
    return readByType(notification, context, result);
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) && !(thrown instanceof z.ZodError)) throw thrown;
    const isOurs = thrown instanceof PermanentError;
    result.rejected.push({
      index: 0,
      id: notification.event_id,
      code: isOurs ? thrown.code : 'schema',
      where: isOurs ? (thrown.where ?? '') : '/data/object',
      message: isOurs ? messageOf(thrown) : 'The object is not as Square documents it',
      payload: skeletonOf(notification),
      replayable: false,
    });
    return result;
  }
}

function readByType(notification: Notification, context: ReadContext, result: ReadResult): ReadResult {
  const { type, data } = notification;
  const hydrate = (id: string, version: number): HydrateRequest => ({
    source: 'square',
    object: 'order',
    id,
    version,
    receivedAt: context.receivedAt,
    traceparent: context.traceparent,
  });
  switch (type) {
    case 'order.created':
    case 'order.updated': {
      const notice = orderObjectSchema.parse(data.object);
      result.hydrate.push(hydrate(notice.order_id, notice.version ?? 0));
      return result;
    }
    case 'payment.created':
    case 'payment.updated': {
      const { payment } = paymentObjectSchema.parse(data.object);
      if (payment.order_id === undefined) result.ignored.push({ index: 0, reason: 'payment-without-order' });
      else result.hydrate.push(hydrate(payment.order_id, 0));
      return result;
    }
    case 'inventory.count.updated':
      return readCounts(notification, context, result);
    default:
      throw new PermanentError('unsupported-event-type', `Notifications of type ${type} are not used`, {
        where: '/type',
      });
  }
}

function readCounts(notification: Notification, context: ReadContext, result: ReadResult): ReadResult {
  const { inventory_counts: counts } = countsObjectSchema.parse(notification.data.object);
  const inStock = counts.filter(({ state }) => state === 'IN_STOCK');
  if (inStock.length === 0) {
    result.ignored.push({ index: 0, reason: 'not-in-stock-state' });
    return result;
  }
  const byLocation = new Map<string, Count[]>();
  for (const count of inStock) {
    byLocation.set(count.location_id, [...(byLocation.get(count.location_id) ?? []), count]);
  }
  const grouped: ReadResult = { ...result, received: byLocation.size };
  const seen: SeenEvents = new Map();
  for (const [location, ofLocation] of byLocation) {
    const event = countEvent(notification, location, ofLocation, context);
    addEvent(grouped, seen, event, 0);
    grouped.warnings.push(...warningsOf(event, context.catalog));
  }
  return grouped;
}

type Count = z.infer<typeof countsObjectSchema>['inventory_counts'][number];

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
    quantityMilli: quantityMilliOf(quantity),
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

/** What is kept of a notification that we do not use: ids alone, as its object may hold a customer. */
function skeletonOf({ merchant_id, type, event_id, created_at, data }: Notification): string {
  return JSON.stringify({ merchant_id, type, event_id, created_at, data: { type: data.type, id: data.id } });
}
