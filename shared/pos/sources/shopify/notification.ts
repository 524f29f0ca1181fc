import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { UnreadableBody } from '../body-text.ts';
import { Reading, type MappedRecord } from '../reading.ts';
import type { ReadContext, ReadResult } from '../source.ts';
import { hydrateRequest, maybe } from '../payload.ts';
import { exactId, scrubbedShopify, shopifyId as id } from './order-schema.ts';

/**
 * Which topic a body is of stands in a header, and what it is in the body itself: here the body decides. Of each kind
 * only what names the order is read, since no webhook has the order's payments: the order is asked for.
 */
const notificationSchema = z.object({
  id: id.optional(),
  admin_graphql_api_id: maybe(z.string().max(200)),
  order_id: maybe(id),
  order_edit: z.object({ order_id: id }).optional(),
  /** Of returns. */
  order: maybe(z.object({ id })),
  line_items: z.array(z.unknown()).optional(),
  refunds: maybe(z.array(z.unknown())),
  source_name: maybe(z.string().max(100)),
  test: maybe(z.boolean()),
  updated_at: maybe(z.string().max(40)),
});
type Notification = z.infer<typeof notificationSchema>;

/** @throws UnreadableBody */
export function readNotification(sent: unknown, body: Buffer, context: ReadContext): ReadResult {
  const parsed = notificationSchema.safeParse(scrubbedShopify(sent, context));
  if (!parsed.success) {
    const where = (parsed.error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
    throw new UnreadableBody('schema', "The body is not in the form of Shopify's webhooks", body, where);
  }
  const notification = parsed.data;
  // Shopify would only repeat what it is refused, and then delete the subscription.
  const reading = new Reading(context.catalog, { acceptRejected: true });
  reading.record(
    () => noticeOf(notification, context),
    () => ({ payload: keptOf(notification), replayable: false }),
  );
  return reading.result;
}

function noticeOf(notification: Notification, context: ReadContext): MappedRecord {
  const { order_edit: edit, order_id: orderId, order, line_items: items } = notification;
  if (notification.test === true) return { outcome: 'ignored', reason: 'test-order' };
  if (edit !== undefined) return ask(exactId(edit.order_id), 0, context);
  // Refunds, transactions and tender transactions name their order.
  if (orderId !== undefined) return ask(exactId(orderId), 0, context);
  if (order !== undefined) return ask(exactId(order.id), 0, context);
  if (items !== undefined && notification.id !== undefined) {
    const { source_name: sourceName, refunds, updated_at: updatedAt } = notification;
    // A refund at the till of an order of the online shop is to be looked at all the same.
    if (sourceName === 'web' && (refunds ?? []).length === 0) {
      return { outcome: 'ignored', reason: 'not-a-till-order' };
    }
    const atMs = Date.parse(updatedAt ?? '');
    return ask(exactId(notification.id, notification.admin_graphql_api_id), atMs || 0, context);
  }
  throw new PermanentError('unsupported-event-type', 'The webhook names no order', { where: '' });
}

/** @param version the millisecond of the change that was announced, 0 where none was. */
const ask = (orderId: string, version: number, context: ReadContext): MappedRecord => ({
  outcome: 'hydrate',
  request: hydrateRequest({ source: 'shopify', object: 'order', id: orderId, version }, context),
});

/** What is kept of a webhook: ids. All else may hold a customer. */
function keptOf({ id: ownId, order_id, order_edit, updated_at }: Notification): string {
  return JSON.stringify({ id: ownId, order_id, order_edit, updated_at });
}
