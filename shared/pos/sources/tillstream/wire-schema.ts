import { z } from 'zod';
import {
  drawerEventSchema,
  priceEventSchema,
  shiftEventSchema,
  stockEventSchema,
  transactionEventSchema,
} from '../../event.ts';
import { DATE_TIME } from '../../enrich.ts';
import { keyText, storedText } from '../../../ids.ts';

/**
 * Our own wire format: the canonical event without what Tillstream derives. See docs/terminals.md.
 */
export const MAX_EVENTS_PER_BODY = 1_000;

const derived = {
  decision: true,
  schemaVersion: true,
  eventId: true,
  source: true,
  receivedAt: true,
  traceparent: true,
  quality: true,
} as const;

/** No slash, backslash, hash or question mark: the id becomes part of keys in Azure Tables. */
const wireId = keyText(200).meta({
  description: "The sender's own id of the event: the same in every delivery of it",
});
const dateTime = z
  .string()
  .regex(DATE_TIME, 'must be a date and time such as 2026-03-02T08:15:00+01:00')
  .meta({ description: "ISO 8601 with offset or Z; without, it is the store's local time" });

const common = {
  id: wireId,
  occurredAt: dateTime,
  businessDate: transactionEventSchema.shape.businessDate.optional(),
  offline: z.boolean().optional(),
  training: z.boolean().optional(),
  version: z.int().min(1).optional(),
};

const unproduct = { productId: true } as const;
const giftCardNumber = storedText(200).min(1).optional();
const cardToken = storedText(200).min(1).optional().meta({
  description:
    "The acquirer's token or fingerprint of the card, never its number. Becomes a keyed pseudonym before anything is stored",
});
const wireTransaction = transactionEventSchema.omit({ ...derived, customerRef: true }).extend({
  ...common,
  lines: z
    .array(
      transactionEventSchema.shape.lines.element
        .omit({ ...unproduct, giftCardRef: true, enteredAt: true })
        .extend({ giftCardNumber, enteredAt: dateTime.optional() }),
    )
    .max(2000),
  tenders: z
    .array(
      transactionEventSchema.shape.tenders.element
        .omit({ giftCardRef: true, cardRef: true })
        .extend({ giftCardNumber, cardToken }),
    )
    .max(100),
  returnOf: transactionEventSchema.shape.returnOf
    .unwrap()
    .omit({ cardRef: true })
    .extend({ cardToken })
    .optional(),
  customerId: storedText(200)
    .min(1)
    .optional()
    .meta({ description: 'Becomes a keyed pseudonym before anything is stored' }),
});
const wireDrawer = drawerEventSchema.omit(derived).extend(common);
const wireShift = shiftEventSchema.omit(derived).extend(common);
const wireStock = stockEventSchema.omit(derived).extend({
  ...common,
  items: z.array(stockEventSchema.shape.items.element.omit(unproduct)).min(1).max(2000),
});
const wirePrice = priceEventSchema.omit(derived).extend({
  ...common,
  effectiveAt: dateTime,
  items: z.array(priceEventSchema.shape.items.element.omit(unproduct)).min(1).max(2000),
});

const wireEventSchema = z.discriminatedUnion('kind', [
  wireTransaction,
  wireDrawer,
  wireShift,
  wireStock,
  wirePrice,
]);
/** The body as documented in /openapi.json; events are validated one by one, so an error affects only one event. */
export const wireBodySchema = z.union([
  wireEventSchema,
  z.strictObject({ events: z.array(wireEventSchema).min(1).max(MAX_EVENTS_PER_BODY) }),
]);

export const compiledWireEvent = z.compile(wireEventSchema, { strict: true });
export type WireEvent = z.infer<typeof wireEventSchema>;
export type WireTransaction = z.infer<typeof wireTransaction>;
