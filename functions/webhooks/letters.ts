import { forEachBounded } from '../../shared/bounded.ts';
import { QUEUES } from '../../shared/azure/names.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import {
  letterIdByContent,
  makeDeadLetter,
  type DeadLetter,
  type DeadLetters,
  type LetterParts,
} from '../../shared/pos/dead-letter.ts';
import { VENDOR_NOT_FOUND, type HydrateRequest, type Rejection } from '../../shared/pos/sources/source.ts';

/** Dead letters of the webhook. Their payloads come scrubbed. */
export interface LetterContext {
  readonly source: string;
  readonly sender?: string;
  readonly receivedAt: string;
  readonly traceparent: string;
}

const STAGE = 'receive';
const CONCURRENCY = 16;

export function letterOfRejection(rejection: Rejection, context: LetterContext): DeadLetter {
  const { payload, id, ask } = rejection;
  const eventId = id === undefined ? undefined : `${context.source}:${id}`;
  if (!ask)
    return receiveLetter(rejection, payload, context, {
      eventId,
      replay: replayOf(rejection, context),
      payload,
    });
  // Several notices of one object are one letter: their time of arrival tells nothing apart.
  return receiveLetter(rejection, `${ask.object}\n${ask.id}\n${rejection.message}`, context, {
    eventId,
    replay: { to: 'queue', queue: QUEUES.hydrate },
    payload: JSON.stringify({ attempt: 0, ...ask }),
  });
}

function replayOf({ replayable }: Rejection, { source, sender }: LetterContext): DeadLetter['replay'] {
  if (!replayable) return { to: 'nowhere' };
  return { to: 'webhook', source, ...(sender === undefined ? {} : { sender }), headers: {} };
}

/** A sender wrote a store that is not its own. Who replays it decides that the event is right all the same. */
export function letterOfForeignStore(event: PublishableEvent, context: LetterContext): DeadLetter {
  return letterOfPublishable(
    { ...foreignStoreFault(event.storeId, context.sender), where: '/storeId' },
    event,
    context,
  );
}

export function foreignStoreFault(storeId: string, sender = ''): { code: string; message: string } {
  return {
    code: 'store-not-allowed',
    message: `The sender ${sender} may not write the store ${storeId}: see senders.json in the master data`,
  };
}

/** The body as a whole could not be read; only its shape is kept, identified by the digest of the bytes. */
export function letterOfBody(
  fault: PermanentError,
  shape: string,
  body: Buffer,
  context: LetterContext,
): DeadLetter {
  return receiveLetter(fault, body, context, { replay: { to: 'nowhere' }, payload: shape });
}

export function letterOfTooLarge(event: PublishableEvent, context: LetterContext): DeadLetter {
  return letterOfPublishable(
    { code: 'event-too-large', message: 'The event is larger than the hub accepts' },
    event,
    context,
  );
}

function letterOfPublishable(
  fault: LetterParts['fault'],
  { eventId, storeId, body }: PublishableEvent,
  context: LetterContext,
): DeadLetter {
  return receiveLetter(fault, body, context, {
    eventId,
    storeId,
    replay: { to: 'hub' },
    payload: body.toString('utf8'),
  });
}

/**
 * A vendor could not be asked for an object, or what it answered cannot be mapped. One object and one fault are one letter,
 * whichever way it was asked for.
 */
export function letterOfRequest(
  request: HydrateRequest,
  fault: PermanentError | TransientError,
  diedAt: string,
  tries: number,
): DeadLetter {
  const { source, object, id, version, traceparent } = request;
  const isUnavailable = fault instanceof TransientError && fault.code !== VENDOR_NOT_FOUND;
  return makeDeadLetter({
    deadLetterId: letterIdByContent(source, object, id, String(version), fault.code),
    stage: 'hydrate',
    fault: {
      code: isUnavailable ? 'retries-exhausted' : fault.code,
      message: fault.message,
      where: fault instanceof PermanentError ? fault.where : undefined,
    },
    about: { source, traceparent },
    diedAt,
    dequeueCount: tries,
    replay: { to: 'queue', queue: QUEUES.hydrate },
    payload: JSON.stringify({ attempt: 0, ...request }),
  });
}

/** Some at a time: storage takes a few hundred a second. @throws TransientError */
export const buryAll = (deadLetters: DeadLetters, letters: readonly DeadLetter[]): Promise<void> =>
  forEachBounded(letters, CONCURRENCY, (letter) => deadLetters.bury(letter));

function receiveLetter(
  fault: LetterParts['fault'],
  identity: string | Buffer,
  { source, receivedAt, traceparent }: LetterContext,
  of: Pick<LetterParts, 'replay' | 'payload'> & LetterParts['about'],
): DeadLetter {
  const { replay, payload, ...event } = of;
  return makeDeadLetter({
    deadLetterId: letterIdByContent(source, source, fault.code, identity),
    stage: STAGE,
    fault,
    about: { ...event, source, traceparent },
    diedAt: receivedAt,
    replay,
    payload,
  });
}
