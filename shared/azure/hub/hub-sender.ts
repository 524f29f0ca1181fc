import type { EventData, EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';
import { TransientError, messageOf } from '../../errors.ts';
import type { PublishableEvent } from '../../pos/publishable.ts';

/** Sends events of one partition key, in order. */
export interface HubSender {
  /**
   * Resolves when the hub holds all of them but those that are too large for it, which it returns.
   * @throws TransientError when it is not known that the hub holds them.
   */
  send(partitionKey: string, events: readonly PublishableEvent[]): Promise<PublishableEvent[]>;
}

/**
 * The plain producer client on purpose: the SDK's buffered one resolves before the hub has accepted, and drops the
 * partition key, so a webhook must never acknowledge based on it.
 */
export function eventHubSender(producer: EventHubProducerClient, timeoutMs: number): HubSender {
  return {
    async send(partitionKey, events) {
      // Not `AbortSignal.timeout`: it costs more than all else here, and once more when it goes off after the end.
      const abort = new AbortController();
      const timer = setTimeout(() => abort.abort(), timeoutMs);
      const { signal: abortSignal } = abort;
      const tooLarge: PublishableEvent[] = [];
      const newBatch = (): Promise<EventDataBatch> => producer.createBatch({ partitionKey, abortSignal });
      try {
        let batch = await newBatch();
        for (const event of events) {
          const data = dataOf(event);
          if (batch.tryAdd(data)) continue;
          if (batch.count > 0) {
            await producer.sendBatch(batch, { abortSignal });
            batch = await newBatch();
            if (batch.tryAdd(data)) continue;
          }
          tooLarge.push(event);
        }
        if (batch.count > 0) await producer.sendBatch(batch, { abortSignal });
        return tooLarge;
      } catch (cause) {
        throw new TransientError('hub-unavailable', `Sending to Event Hubs: ${messageOf(cause)}`, { cause });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function dataOf({ body, eventId, kind, traceparent }: PublishableEvent): EventData {
  return { body, properties: { eventId, kind, traceparent } };
}
