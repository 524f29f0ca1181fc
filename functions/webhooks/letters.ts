import { createHash } from 'node:crypto';
import { QUEUES } from '../../shared/azure/names.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import type { PermanentError } from '../../shared/errors.ts';
import type { DeadLetter, DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { Rejection } from '../../shared/pos/sources/source.ts';

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
  const { code, message, where, payload, id, ask } = rejection;
  const ofEvent = id === undefined ? {} : { eventId: `${context.source}:${id}` };
  if (ask) {
    // Several notices of one object are one letter: their time of arrival tells nothing apart.
    const identity = `${ask.object}\n${ask.id}\n${message}`;
    return {
      ...envelope(code, message, where, identity, context),
      ...ofEvent,
      replay: { to: 'queue', queue: QUEUES.hydrate },
      payload: JSON.stringify({ attempt: 0, ...ask }),
    };
  }
  return {
    ...envelope(code, message, where, payload, context),
    ...ofEvent,
    replay: replayOf(rejection, context),
    payload,
  };
}

function replayOf({ replayable }: Rejection, { source, sender }: LetterContext): DeadLetter['replay'] {
  if (!replayable) return { to: 'nowhere' };
  return { to: 'webhook', source, ...(sender === undefined ? {} : { sender }), headers: {} };
}

/** A sender wrote a store that is not its own. Who replays it decides that the event is right all the same. */
export function letterOfForeignStore(event: PublishableEvent, context: LetterContext): DeadLetter {
  const { code, message } = foreignStoreFault(event.storeId, context.sender);
  return {
    ...envelope(code, message, '/storeId', event.body, context),
    eventId: event.eventId,
    storeId: event.storeId,
    replay: { to: 'hub' },
    payload: event.body.toString('utf8'),
  };
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
  return {
    ...envelope(fault.code, fault.message, fault.where, body, context),
    replay: { to: 'nowhere' },
    payload: shape,
  };
}

export function letterOfTooLarge(event: PublishableEvent, context: LetterContext): DeadLetter {
  return {
    ...envelope(
      'event-too-large',
      'The event is larger than the hub accepts',
      undefined,
      event.body,
      context,
    ),
    eventId: event.eventId,
    storeId: event.storeId,
    replay: { to: 'hub' },
    payload: event.body.toString('utf8'),
  };
}

/** Some at a time: storage takes a few hundred a second. @throws TransientError */
export async function buryAll(deadLetters: DeadLetters, letters: readonly DeadLetter[]): Promise<void> {
  for (let from = 0; from < letters.length; from += CONCURRENCY) {
    await Promise.all(letters.slice(from, from + CONCURRENCY).map((letter) => deadLetters.bury(letter)));
  }
}

function envelope(
  code: string,
  message: string,
  where: string | undefined,
  identity: string | Buffer,
  { source, receivedAt, traceparent }: LetterContext,
): Omit<DeadLetter, 'replay' | 'payload'> {
  const digest = createHash('sha256').update(`${source}\n${code}\n`).update(identity).digest('hex');
  return {
    deadLetterId: `${source}-${digest.slice(0, 32)}`,
    stage: STAGE,
    code,
    message,
    ...(where === undefined ? {} : { where }),
    source,
    diedAt: receivedAt,
    traceparent,
  };
}
