import type { Logger } from '../../shared/log.ts';
import type { DeadLetters } from '../../shared/pos/dead-letter.ts';
import type { Clock } from '../../shared/time.ts';
import { createFoldStores, type Fold, type FoldStoresOptions } from './fold-stores.ts';
import { letterOfEvent, letterOfMessage, readBatch, type HubMessage } from './read-batch.ts';

export interface StreamOptions<Item, Effect, Header> extends Pick<
  FoldStoresOptions<Item, Effect, Header>,
  'states' | 'deliver' | 'concerns' | 'maxCachedBytes'
> {
  /** The function's name, for its dead letters. */
  readonly stage: string;
  /** The rules with the current master data. @throws PermanentError; TransientError */
  readonly currentFold: () => Promise<Fold<Item, Effect, Header>>;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * One batch of the hub: bad messages are buried, all others folded. It throws only for what may pass, and the host then
 * gives the same batch again without end, as the events are still in the hub.
 */
export type Stream = (messages: readonly HubMessage[]) => Promise<void>;

export function createStream<Item, Effect, Header>(options: StreamOptions<Item, Effect, Header>): Stream {
  const { stage, deadLetters, clock, log } = options;
  const foldStores = createFoldStores({
    ...options,
    bury: async (event, reason) => {
      await deadLetters.bury(letterOfEvent(stage, event, reason, clock()));
      const { eventId, storeId, traceparent } = event.event;
      log.error('An event could not be processed', { stage, eventId, storeId, traceparent }, reason);
    },
  });
  return async (messages) => {
    const { events, bad } = readBatch(messages);
    for (const one of bad) {
      await deadLetters.bury(letterOfMessage(stage, one, clock()));
      const { hubPartition, hubSequenceNumber } = one.message;
      log.error('A message is not an event', { stage, hubPartition, hubSequenceNumber }, one.reason);
    }
    await foldStores(events, await options.currentFold());
  };
}
