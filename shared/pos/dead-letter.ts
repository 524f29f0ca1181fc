import { createHash } from 'node:crypto';
import { z } from 'zod';
import { instantSchema } from '../time.ts';

/**
 * An event or message that had no effect, kept with its reason until someone fixes the cause and
 * replays it. The payload no longer has any card or customer data.
 */
export const DEAD_LETTER_FORMAT = 1;

export const deadLetterSchema = z.looseObject({
  /** Left out in the first format, to which fields may be added. What is in `replay` is never added to it. */
  format: z.int().min(1).optional(),
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
/** Without the index signature of a loose object, so a misspelled field is an error of the compiler. */
type KnownFields<T> = { [Name in keyof T as string extends Name ? never : Name]: T[Name] };
export type DeadLetter = KnownFields<z.infer<typeof deadLetterSchema>>;

export interface DeadLetters {
  /** Stores the letter durably. Writing the same letter again changes nothing. @throws TransientError */
  bury(letter: DeadLetter): Promise<void>;
}

/** Reasons for which the stream does not count an event, see `Admission`. */
const ADMISSION_DOUBTS = ['conflict', 'too-old'] as const;
export type AdmissionDoubt = (typeof ADMISSION_DOUBTS)[number];

/** Codes of letters that a person decides one by one: replaying one counts what may have counted before. */
export const DECISION_CODES = [...ADMISSION_DOUBTS, 'count-too-old'] as const;
export type DecisionCode = (typeof DECISION_CODES)[number];

export const isAdmissionDoubt = (code: string): code is AdmissionDoubt =>
  (ADMISSION_DOUBTS as readonly string[]).includes(code);
export const needsDecision = (code: string): code is DecisionCode =>
  (DECISION_CODES as readonly string[]).includes(code);

/** A letter before it is made. What is undefined is left out. */
export interface LetterParts {
  readonly deadLetterId: string;
  readonly stage: string;
  /** Why it died; a `PermanentError` is one. */
  readonly fault: { readonly code: string; readonly message: string; readonly where?: string | undefined };
  /** The event or message as far as it was read. */
  readonly about?: {
    readonly source?: string | undefined;
    readonly storeId?: string | undefined;
    readonly eventId?: string | undefined;
    readonly traceparent?: string | undefined;
  };
  readonly diedAt: string;
  readonly dequeueCount?: number;
  readonly replay: DeadLetter['replay'];
  readonly payload: string;
}

/** The one place where dead letters are made. */
export function makeDeadLetter(parts: LetterParts): DeadLetter {
  const { deadLetterId, stage, fault, about = {}, diedAt, dequeueCount, replay, payload } = parts;
  const { source, storeId, eventId, traceparent } = about;
  return {
    deadLetterId,
    stage,
    code: fault.code,
    message: fault.message,
    ...(fault.where === undefined ? {} : { where: fault.where }),
    ...(source === undefined ? {} : { source }),
    ...(storeId === undefined ? {} : { storeId }),
    ...(eventId === undefined ? {} : { eventId }),
    diedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(dequeueCount === undefined ? {} : { dequeueCount }),
    replay,
    payload,
  };
}

/** The id of a letter that is recognised by its content: `<group>-<digest>`. The lines must be the same on every retry. */
export function letterIdByContent(group: string, ...lines: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const [index, line] of lines.entries()) hash.update(index === 0 ? '' : '\n').update(line);
  return `${group}-${hash.digest('hex').slice(0, 32)}`;
}

/** The id of a letter about a message of the hub: its place, and a digest that tells hubs with equal numbers apart. */
export function letterIdByPlace(place: readonly (string | number)[], payload: string): string {
  return `${place.join('-')}-${createHash('sha256').update(payload).digest('hex').slice(0, 16)}`;
}
