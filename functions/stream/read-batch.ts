import { createHash } from 'node:crypto';
import { PermanentError } from '../../shared/errors.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PositionedEvent } from '../../shared/pos/event.ts';
import { parsePosEvent } from '../../shared/pos/parse-event.ts';
import { toInstant } from '../../shared/time.ts';

/** A message of the hub as a trigger gives it. */
export interface HubMessage {
  readonly body: Uint8Array;
  readonly hubPartition: string;
  readonly hubSequenceNumber: number;
}

export interface BadMessage {
  readonly message: HubMessage;
  readonly reason: PermanentError;
}

/** Reads what can be read; one bad message costs none of the others. */
export function readBatch(messages: readonly HubMessage[]): { events: PositionedEvent[]; bad: BadMessage[] } {
  const events: PositionedEvent[] = [];
  const bad: BadMessage[] = [];
  for (const message of messages) {
    const { body, hubPartition, hubSequenceNumber } = message;
    try {
      events.push({ event: parsePosEvent(textOf(body)), hubPartition, hubSequenceNumber });
    } catch (thrown) {
      if (!(thrown instanceof PermanentError)) throw thrown;
      bad.push({ message, reason: thrown });
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
