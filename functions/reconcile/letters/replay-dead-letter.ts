import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import type { PublishableEvent } from '../../../shared/pos/publishable.ts';
import { PermanentError } from '../../../shared/errors.ts';
import type { DeadLetter } from '../../../shared/pos/dead-letter.ts';

/** The replay targets. Each resolves when the target has stored it durably. @throws TransientError */
export interface ReplayWays {
  readonly toHub: (event: PublishableEvent) => Promise<void>;
  readonly toQueue: (queue: string, text: string) => Promise<void>;
  readonly toWebhook: (
    to: { readonly source: string; readonly sender?: string | undefined },
    payload: string,
  ) => Promise<void>;
}

/**
 * Replays a dead letter as its `replay` says, then moves it to `replayed/`. A kill in between replays it again,
 * which the event ids make harmless (promise P2).
 * @param seen the ETag of the letter that was decided about; without it whatever lies there is replayed.
 * @returns false when there is no such letter (any more).
 * @throws PermanentError `no-way-back` for a letter that is kept for the record only, `letter-changed`.
 */
export async function replayDeadLetter(
  store: Pick<DeadLetterStore, 'take' | 'retire'>,
  ways: ReplayWays,
  name: string,
  seen?: string,
): Promise<boolean> {
  const taken = await store.take(name);
  if (!taken) return false;
  checkSeen(name, taken.etag, seen);
  await bringBack(taken.letter, ways);
  // A queue may have given it up again in the meantime; then its letter stays.
  await store.retire(name, taken.etag);
  return true;
}

/** @throws PermanentError `letter-changed` */
export function checkSeen(name: string, etag: string, seen: string | undefined): void {
  if (seen !== undefined && seen !== etag)
    throw new PermanentError('letter-changed', `${name} has changed meanwhile: look at it again`);
}

function bringBack(letter: DeadLetter, ways: ReplayWays): Promise<void> {
  switch (letter.replay.to) {
    case 'hub':
      return ways.toHub(eventOf(letter));
    case 'queue':
      return ways.toQueue(letter.replay.queue, letter.payload);
    case 'webhook':
      return ways.toWebhook(letter.replay, letter.payload);
    case 'nowhere':
      break;
  }
  throw new PermanentError(
    'no-way-back',
    `Dead letter ${letter.deadLetterId} is kept for the record: ${letter.code}`,
  );
}

function eventOf(letter: DeadLetter): PublishableEvent {
  let event: { storeId?: unknown; eventId?: unknown; kind?: unknown; traceparent?: unknown };
  try {
    event = JSON.parse(letter.payload) as typeof event;
  } catch (cause) {
    throw new PermanentError('no-way-back', `Dead letter ${letter.deadLetterId} is not valid JSON`, {
      cause,
    });
  }
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const storeId = letter.storeId ?? text(event.storeId);
  if (storeId === '')
    throw new PermanentError('no-way-back', `Dead letter ${letter.deadLetterId} names no store`);
  return {
    storeId,
    eventId: letter.eventId ?? text(event.eventId),
    kind: text(event.kind),
    traceparent: letter.traceparent ?? text(event.traceparent),
    body: Buffer.from(letter.payload),
  };
}
