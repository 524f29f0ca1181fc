import type { HubSender } from '../../shared/azure/hub/hub-sender.ts';
import type { Logger } from '../../shared/log.ts';
import type { Spill } from '../../shared/azure/hub/spill.ts';
import { TransientError } from '../../shared/errors.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import { buryAll, letterOfTooLarge } from './letters.ts';

export interface RepublishParts {
  readonly spill: Spill;
  readonly sender: HubSender;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}

export type Republish = (message: string, log: Logger) => Promise<void>;

/**
 * Brings spilled events into the hub. While the hub stays away the message is put back with a growing delay, since a
 * queue would give it up after five tries, and an outage may last longer. A crash between sending and completing
 * sends twice; the event ids take care of that (promise P2).
 * @throws PermanentError for a message that is not ours, TransientError when even the queue is away.
 */
export function createRepublish({ spill, sender, deadLetters, clock }: RepublishParts): Republish {
  return async (message, log) => {
    const { events, attempt } = await spill.read(message);
    const [first] = events;
    if (!first) return;
    const fields = { storeId: first.storeId, count: events.length, attempt, traceparent: first.traceparent };
    try {
      const tooLarge = await sender.send(first.storeId, events);
      const diedAt = toInstant(clock());
      await buryAll(
        deadLetters,
        tooLarge.map((event) =>
          letterOfTooLarge(event, {
            source: event.eventId.slice(0, event.eventId.indexOf(':')),
            receivedAt: diedAt,
            traceparent: event.traceparent,
          }),
        ),
      );
    } catch (thrown) {
      if (!(thrown instanceof TransientError)) throw thrown;
      await spill.postpone(message);
      log.warn('republish postponed', { ...fields, reason: thrown.code });
      return;
    }
    await spill.forget(message);
    log.info('republished', fields);
  };
}
