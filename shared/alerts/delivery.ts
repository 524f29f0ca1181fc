import { z } from 'zod';
import { alertSchema, type Alert } from './alert.ts';
import type { NoticeReason } from './notice.ts';

/**
 * One alert on its way to one route. In the queue it is the alert with one more field, so that a version that does not
 * know the field sends the alert to each of its routes that does not have it.
 */
const deliverySchema = z.looseObject({
  route: z.string().min(1).max(60),
  /** Why it is sent once more, such as `escalated-1`; without it this is the first time. */
  occasion: z
    .string()
    .regex(/^(?:escalated|again)-\d{1,6}$/)
    .optional(),
  /** The try that this is, from 1. */
  attempt: z.int().min(1),
  /** One sentence for the receiver. */
  remark: z.string().max(300).optional(),
});

export interface Delivery {
  readonly route: string;
  readonly occasion?: string | undefined;
  readonly attempt: number;
  readonly remark?: string | undefined;
}

const messageSchema = alertSchema.extend({ delivery: deliverySchema.optional() });

/** @returns undefined for what is no alert. */
export function readMessage(content: unknown): { alert: Alert; delivery: Delivery | undefined } | undefined {
  const parsed = messageSchema.safeParse(content);
  if (!parsed.success) return undefined;
  const { delivery, ...alert } = parsed.data;
  return { alert, delivery };
}

export const deliveryMessage = (alert: Alert, delivery: Delivery): string =>
  JSON.stringify({ ...alert, delivery });

/** Under which name the alert log keeps that it was delivered. */
export const deliveredName = ({ route, occasion }: Pick<Delivery, 'route' | 'occasion'>): string =>
  occasion === undefined ? route : `${route} (${occasion})`;

/** The webhook id of Standard Webhooks, which may hold no full stop. */
export const noticeIdOf = (
  alert: Alert,
  { route, occasion }: Pick<Delivery, 'route' | 'occasion'>,
): string => (occasion === undefined ? `${alert.alertId}_${route}` : `${alert.alertId}_${route}_${occasion}`);

export function reasonOf({ occasion }: Pick<Delivery, 'occasion'>): NoticeReason {
  if (occasion === undefined) return 'raised';
  return occasion.startsWith('escalated') ? 'escalated' : 'again';
}
