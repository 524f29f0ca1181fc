import { createHash } from 'node:crypto';
import { messageOf, PermanentError } from '../../shared/errors.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent, PositionedEvent } from '../../shared/pos/event.ts';
import { contentFingerprint } from '../../shared/pos/event-content.ts';
import { parsePosEvent } from '../../shared/pos/parse-event.ts';
import { toInstant } from '../../shared/time.ts';

/** A message of the hub as a trigger gives it. */
export interface HubMessage {
  readonly body: Uint8Array;
  readonly hubPartition: string;
  readonly hubSequenceNumber: number;
  /** When the hub took it, in epoch milliseconds by the hub's clock. */
  readonly enqueuedAtMs?: number | undefined;
}

export interface BadMessage {
  readonly message: HubMessage;
  readonly reason: PermanentError;
}

/** Reads all readable messages; a bad one does not affect the others. */
export function readBatch(messages: readonly HubMessage[]): { events: PositionedEvent[]; bad: BadMessage[] } {
  const events: PositionedEvent[] = [];
  const bad: BadMessage[] = [];
  for (const message of messages) {
    const { body, ...position } = message;
    try {
      events.push({ event: parsePosEvent(textOf(body)), ...position });
    } catch (thrown) {
      bad.push({ message, reason: asPermanent(thrown) });
    }
  }
  return { events, bad };
}

/** The dead letter of a message that is no event. Its id follows from its place and content: a repeat adds nothing. */
export function letterOfMessage(stage: string, { message, reason }: BadMessage, nowMs: number): DeadLetter {
  const payload = textOf(message.body);
  return {
    ...letterOf(stage, message, reason, payload, nowMs),
    // What is not even JSON will not become an event by sending it again.
    replay: reason.code === 'bad-json' ? { to: 'nowhere' } : { to: 'hub' },
  };
}

/** The error of a message that cannot be read. */
function asPermanent(thrown: unknown): PermanentError {
  if (thrown instanceof PermanentError) return thrown;
  return new PermanentError('unexpected', `The event cannot be read: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}

/** The dead letter of an event that could not take effect. */
export function letterOfEvent(
  stage: string,
  positioned: PositionedEvent,
  reason: PermanentError,
  nowMs: number,
): DeadLetter {
  const { event } = positioned;
  return {
    ...letterOf(stage, positioned, reason, JSON.stringify(event), nowMs),
    source: event.source,
    storeId: event.storeId,
    eventId: event.eventId,
    traceparent: event.traceparent,
    replay: { to: 'hub' },
  };
}

/**
 * The dead letter of an event about which a person must decide, see `Admission`. Replaying it is the decision that it
 * counts. The same message has the same letter, however often its source repeats it.
 */
export function letterOfDoubt(
  stage: string,
  positioned: PositionedEvent,
  reason: PermanentError,
  nowMs: number,
): DeadLetter {
  const event: PosEvent = { ...positioned.event, decision: 'count' };
  const message = createHash('sha256')
    .update(`${event.eventId}\n${contentFingerprint(event)}`)
    .digest('hex');
  return {
    ...letterOfEvent(stage, { ...positioned, event }, reason, nowMs),
    deadLetterId: `${reason.code}-${message.slice(0, 32)}`,
  };
}

function letterOf(
  stage: string,
  { hubPartition, hubSequenceNumber }: { hubPartition: string; hubSequenceNumber: number },
  { code, message, where }: PermanentError,
  payload: string,
  nowMs: number,
) {
  const digest = createHash('sha256').update(payload).digest('hex').slice(0, 16);
  return {
    deadLetterId: `${hubPartition}-${hubSequenceNumber}-${digest}`,
    stage,
    code,
    message,
    ...(where === undefined ? {} : { where }),
    diedAt: toInstant(nowMs),
    payload,
  };
}

const textOf = (body: Uint8Array): string =>
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
