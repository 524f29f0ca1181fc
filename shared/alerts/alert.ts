import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  businessDateSchema,
  eventIdSchema,
  operatorIdSchema,
  productIdSchema,
  storeIdSchema,
  tillIdSchema,
} from '../ids.ts';
import { instantSchema } from '../time.ts';

/**
 * An alert: something in a store that needs attention, with the events that show it.
 *
 * It is derived from events alone (event time, never the wall clock), so a replay of the same events gives the same
 * alert with the same id.
 *
 * An alert waits in an outbox and a queue, where another version of the app may take it: kinds and fields that a version
 * does not know are carried on as they are.
 */
export const ALERT_FORMAT = 1;

/** In order of urgency, least urgent first. */
export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;

/** Maximum number of events listed in one alert; `detail` has the total. */
export const MAX_EVIDENCE = 20;

/** Maximum number of earlier alerts that one alert may end. */
const MAX_RESOLVES = 100;

/** Without the index signature of a loose object, so a misspelled field is an error of the compiler. */
type KnownFields<T> = { [Name in keyof T as string extends Name ? never : Name]: T[Name] };

const evidence = z.looseObject({
  eventId: eventIdSchema,
  /** The source's id of the transaction, where the event is one. */
  transactionId: z.string().max(100).optional(),
  occurredAt: instantSchema,
});
export type EventReference = KnownFields<z.infer<typeof evidence>>;

export const alertIdSchema = z.string().regex(/^alert_[0-9a-f]{32}$/);

export const alertSchema = z.looseObject({
  /**
   * Left out in format 1, whose first readers refuse fields that they do not know. A higher one says that fields were
   * added, 2 for `resolves` and `recovered`; what is here keeps its meaning.
   */
  format: z.int().min(1).optional(),
  /** Deterministic, see `alertIdOf`. */
  alertId: alertIdSchema,
  /** Of the rule that raised it. */
  kind: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/),
  severity: z.enum(ALERT_SEVERITIES),
  storeId: storeIdSchema,
  tillId: tillIdSchema.optional(),
  operatorId: operatorIdSchema.optional(),
  productId: productIdSchema.optional(),
  businessDate: businessDateSchema,
  /** When the triggering event occurred. */
  raisedAt: instantSchema,
  /** One line for a phone. */
  title: z.string().min(1).max(200),
  /** What was found, against which limit, and what to do. */
  detail: z.string().max(2000),
  evidence: z.array(evidence).max(MAX_EVIDENCE),
  /** Ids of earlier alerts that this one replaces or ends: they are over. */
  resolves: z.array(alertIdSchema).max(MAX_RESOLVES).optional(),
  /** Says only that what `resolves` reported is over: nobody has to do anything. */
  recovered: z.literal(true).optional(),
  /** Trace context of the triggering event. */
  traceparent: z.string().max(55),
});
export type Alert = KnownFields<z.infer<typeof alertSchema>>;

/**
 * Alerts of an outbox row. They are passed on as they are, whichever version raised them; whoever sends them reads them.
 * @throws ZodError for what is no list of objects.
 */
export const storedAlerts = (content: unknown): Alert[] =>
  z.array(z.looseObject({})).parse(content) as unknown as Alert[];

/**
 * The alert's id from what it is about: its kind, store, subject (product, till and shift, transaction) and episode.
 * The same finding has the same id on every delivery, instance and replay, so every later step can drop
 * repeats. It holds no full stop, as Standard Webhooks forbids that in a `webhook-id`.
 */
export function alertIdOf(kind: string, ...subject: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, ...subject]))
    .digest('hex');
  return `alert_${digest.slice(0, 32)}`;
}
