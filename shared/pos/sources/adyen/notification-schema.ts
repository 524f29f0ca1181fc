import { z } from 'zod';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { maybe } from '../payload.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of Adyen's standard webhooks; all else is dropped, among it shoppers and card details.
 * https://docs.adyen.com/api-explorer/Webhooks/1/overview
 */

/** No colon, which separates the fields that are signed: with one in it, two notifications would have one signature. */
const reference = storedText(64).regex(/^[\w.-]+$/, 'is no reference of Adyen');

/** Adyen writes everything here as text, also numbers. Names of fields may have spaces around them. */
const additionalData = z.record(z.string(), z.unknown()).transform((sent) => {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent)) {
    const trimmed = name.trim();
    if (!KNOWN.has(trimmed) && !ORDER_PART.test(trimmed)) continue;
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) {
      known[trimmed] = String(value).slice(0, MAX_VALUE_LENGTH);
    }
  }
  return known;
});
const KNOWN = new Set([
  'store',
  'terminalId',
  'shopperInteraction',
  'networkProcessingMode',
  'extraCostsValueGratuity',
  'offline',
  'modification.action',
]);
export const ORDER_PART = /^order-(\d{1,3})-(paymentAmount|paymentMethod|success)$/;
const MAX_VALUE_LENGTH = 200;

const item = z.object({
  eventCode: z
    .string()
    .max(100)
    .regex(/^[A-Z_]+$/, 'is no event code'),
  success: z.union([z.boolean(), z.enum(['true', 'false'])]).transform((value) => String(value) === 'true'),
  eventDate: z
    .string()
    .max(40)
    .regex(/^[\dTtZz:.+-]+$/, 'is no time'),
  pspReference: reference,
  /** Of the payment that a modification is about. */
  originalReference: maybe(z.union([z.literal('').transform(() => undefined), reference])),
  merchantAccountCode: storedText(100).min(1),
  /** The merchant's own: an order number, or whatever else was typed. */
  merchantReference: maybe(storedText(200)),
  paymentMethod: maybe(
    z
      .string()
      .max(100)
      .regex(/^[\w.-]*$/),
  ).catch(undefined),
  amount: maybe(
    z.object({ currency: z.string().regex(/^[A-Z]{3}$/, 'is no currency'), value: z.int().min(0) }),
  ),
  additionalData: maybe(additionalData),
});
export type AdyenItem = z.infer<typeof item>;

export const wrappedItem = z.object({ NotificationRequestItem: item });
/** Of an item that cannot be read, the fields that can. */
const keptFields = Object.entries(item.shape).map(([name, field]) => {
  const one: z.ZodType = field;
  return [name, one.optional().catch(undefined)];
});
const keptItem = z.object({
  NotificationRequestItem: z.object(Object.fromEntries(keptFields) as Record<string, z.ZodType>).catch({}),
});

/** Reports have other references than payments: what needs no booking is not held to the form of what does. */
export const noticeItem = z.object({
  NotificationRequestItem: z.object({ eventCode: z.string().max(100) }),
});

export const envelope = z.object({
  live: maybe(z.union([z.boolean(), z.string().max(10)]).transform(String)),
  notificationItems: z.array(z.unknown()),
});
/** Webhooks of the platform and of terminal management. */
export const platformWebhook = z.object({
  type: z
    .string()
    .max(200)
    .regex(/^[\w.]+$/),
});

const rules = {
  productFields: new Set<string>(),
  idFields: new Set([
    'pspreference',
    'originalreference',
    'merchantaccountcode',
    'store',
    'terminalid',
    'eventcode',
  ]),
  harmlessNames: new Set<string>(),
};

export const scrubbedAdyen = (value: unknown, { pseudonymise }: Pick<ReadContext, 'pseudonymise'>): unknown =>
  scrub(value, { ...rules, pseudonymise }).value;

/** A notification of one item, as a replay sends it again. */
export function keptOf(sent: unknown, live: string | undefined): string {
  const kept = keptItem.safeParse(sent).data ?? { NotificationRequestItem: {} };
  return JSON.stringify({ live, notificationItems: [kept] });
}
