import { z } from 'zod';
import { instantSchema } from '../time.ts';

/**
 * An event, or a message, that could not become an effect, kept with its reason until somebody fixes the cause and
 * replays it. The payload is already freed of card and customer data.
 */
export const deadLetterSchema = z.strictObject({
  /** Deterministic: the same failure of the same input has the same id, so a retry writes no second letter. */
  deadLetterId: z.string().min(1),
  /** The function that gave up, as named in shared/azure/names.ts. */
  stage: z.string().min(1),
  /** Stable reason, e.g. `bad-json`, `schema`, `unsupported-event-type`, `retries-exhausted`. */
  code: z.string().min(1),
  message: z.string(),
  where: z.string().optional(),
  source: z.string().optional(),
  storeId: z.string().optional(),
  eventId: z.string().optional(),
  diedAt: instantSchema,
  traceparent: z.string().optional(),
  /** How often and since when it was tried, where a queue knows. */
  dequeueCount: z.int().optional(),
  /** How to bring it back: through the source's mapping, straight to the hub, or onto a queue. */
  replay: z.discriminatedUnion('to', [
    z.strictObject({
      to: z.literal('webhook'),
      source: z.string(),
      /** Whose address and secret, where senders have their own. */
      sender: z.string().optional(),
      headers: z.record(z.string(), z.string()),
    }),
    z.strictObject({ to: z.literal('hub') }),
    z.strictObject({ to: z.literal('queue'), queue: z.string() }),
    /** Unreadable, so only its sender can send it again: kept for the record. */
    z.strictObject({ to: z.literal('nowhere') }),
  ]),
  payload: z.string(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export interface DeadLetters {
  /** Stores the letter durably. Writing the same letter again changes nothing. @throws TransientError */
  bury(letter: DeadLetter): Promise<void>;
}
