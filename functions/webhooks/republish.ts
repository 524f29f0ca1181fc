import type { HubSender } from '../../shared/azure/hub/hub-sender.ts';
import type { Logger } from '../../shared/log.ts';
import type { Spill } from '../../shared/azure/hub/spill.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
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
 * Brings the spilled events of a store back into the hub, in their order. While the hub stays away the message is put back
 * with a growing delay, since a queue would give it up after five tries, and an outage may last longer. A crash between
 * sending and forgetting sends twice, and so may two messages of one lane; the event ids take care of that (promise P2),
 * and what comes first of each event is in order all the same.
 * @throws PermanentError for a message that is not ours, TransientError when even the queue is away.
 */
export function createRepublish({ spill, sender, deadLetters, clock }: RepublishParts): Republish {
  return async (message, log) => {
    const attempt = spill.attemptOf(message);
    let count = 0;
    let last: PublishableEvent | undefined;
    const fields = () => ({ storeId: last?.storeId, count, attempt, traceparent: last?.traceparent });
    try {
      for await (const part of spill.parts(message)) {
        const [first] = part.events;
        last = first ?? last;
        if (first) await send({ sender, deadLetters, clock }, first.storeId, part.events);
        count += part.events.length;
        await part.forget();
      }
    } catch (thrown) {
      if (!(thrown instanceof TransientError)) throw thrown;
      await spill.postpone(message);
      log.warn('republish postponed', { ...fields(), reason: thrown.code });
      return;
    }
    if (count > 0) log.info('republished', fields());
  };
}

async function send(
  { sender, deadLetters, clock }: Omit<RepublishParts, 'spill'>,
  storeId: string,
  events: readonly PublishableEvent[],
): Promise<void> {
  const tooLarge = await sender.send(storeId, events);
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
}
