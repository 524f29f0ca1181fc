import { messageOf, PermanentError } from '../../shared/errors.ts';
import {
  isAdmissionDoubt,
  letterIdByContent,
  letterIdByPlace,
  makeDeadLetter,
  type DeadLetter,
} from '../../shared/pos/dead-letter.ts';
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
  return makeDeadLetter({
    deadLetterId: letterIdByPlace([message.hubPartition, message.hubSequenceNumber], payload),
    stage,
    fault: reason,
    diedAt: toInstant(nowMs),
    // What is not even JSON will not become an event by sending it again.
    replay: reason.code === 'bad-json' ? { to: 'nowhere' } : { to: 'hub' },
    payload,
  });
}

/** The error of a message that cannot be read. */
function asPermanent(thrown: unknown): PermanentError {
  if (thrown instanceof PermanentError) return thrown;
  return new PermanentError('unexpected', `The event cannot be read: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}

/**
 * The dead letter of an event that could not take effect, or about which a person must decide, see `Admission`. In the
 * second case replaying it is the decision that it counts, and the same message has the same letter, however often its
 * source repeats it.
 */
export function letterOfEvent(
  stage: string,
  { event, hubPartition, hubSequenceNumber }: PositionedEvent,
  reason: PermanentError,
  nowMs: number,
): DeadLetter {
  const isDoubt = isAdmissionDoubt(reason.code);
  const kept: PosEvent = isDoubt ? { ...event, decision: 'count' } : event;
  const payload = JSON.stringify(kept);
  return makeDeadLetter({
    deadLetterId: isDoubt
      ? letterIdByContent(reason.code, event.eventId, contentFingerprint(kept))
      : letterIdByPlace([hubPartition, hubSequenceNumber], payload),
    stage,
    fault: reason,
    about: event,
    diedAt: toInstant(nowMs),
    replay: { to: 'hub' },
    payload,
  });
}

const textOf = (body: Uint8Array): string =>
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
