import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { eventIdSchema, storedText } from '../../../ids.ts';
import { divideRounded, parseDecimal } from '../../../money.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf, withProduct } from '../../enrich.ts';
import { SCHEMA_VERSION } from '../../event.ts';
import { whereOf } from '../payload.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { isLocation } from './purchase.ts';

const balance = z.object({
  locationUuid: storedText(100).min(1),
  productUuid: storedText(100).min(1).optional(),
  variantUuid: storedText(100).min(1),
  balance: z.string().max(40),
});
const changeSchema = z.object({
  updated: z.object({ timestamp: z.string().max(40) }),
  balanceAfter: z.array(balance).min(1).max(500),
});

export const isInventoryChange = (payload: unknown): boolean =>
  z.object({ balanceAfter: z.unknown() }).safeParse(payload).data?.balanceAfter !== undefined;

const DIGITS = 5;

/**
 * What lies in a store after its stock changed, as a count. Locations that are no store of ours, such as those for what was
 * sold, are left out.
 * @param messageId the message's own id: several changes may fall into one millisecond.
 * @throws PermanentError `schema`
 */
export function mapInventoryChange(payload: unknown, messageId: string, context: ReadContext): MappedRecord {
  const parsed = changeSchema.safeParse(payload);
  if (!parsed.success) {
    throw new PermanentError('schema', "The change of stock is not in Zettle's form", {
      where: whereOf(parsed.error),
    });
  }
  const own = parsed.data.balanceAfter.filter(({ locationUuid }) =>
    isLocation(context.catalog, locationUuid),
  );
  const [first] = own;
  if (first === undefined) return { outcome: 'ignored', reason: 'not-a-store-location' };
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'zettle', first.locationUuid, quality);
  const occurredAt = instantOf(
    parsed.data.updated.timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'),
    store,
    quality,
  );
  if (occurredAt === undefined)
    throw new PermanentError('schema', 'is no time', { where: '/updated/timestamp' });
  const items = own
    .filter(({ locationUuid }) => context.catalog.storeOfSource('zettle', locationUuid) === store)
    .map(({ variantUuid, balance: text }, index) => {
      const fine = parseDecimal(text, DIGITS);
      if (fine === undefined) {
        throw new PermanentError('schema', 'is no decimal number', {
          where: `/balanceAfter/${index}/balance`,
        });
      }
      if (fine % 100 !== 0) quality.flag('amount-rounded', `/balanceAfter/${index}/balance`);
      const quantityMilli = Number(divideRounded(BigInt(fine), 100n));
      return withProduct(
        { productCode: variantUuid, quantityMilli, unit: 'each' as const },
        context.catalog,
        quality,
      );
    });
  return {
    outcome: 'event',
    quality,
    event: checkedEvent({
      schemaVersion: SCHEMA_VERSION,
      eventId: eventIdSchema.parse(`zettle:stock-${messageId}`),
      source: 'zettle',
      storeId,
      occurredAt,
      businessDate: businessDateFor(undefined, occurredAt, store, quality),
      receivedAt: context.receivedAt,
      offline: false,
      training: false,
      traceparent: context.traceparent,
      version: 1,
      kind: 'stock',
      action: 'count',
      reason: 'count',
      items,
      ...quality.field,
    }),
  };
}
