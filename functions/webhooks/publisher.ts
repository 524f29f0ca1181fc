import { TransientError } from '../../shared/errors.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import type { SpillOrder } from './spill-order.ts';
import type { StoreLanes } from '../../shared/azure/hub/store-lanes.ts';

export interface PublishResult {
  readonly published: number;
  readonly spilled: number;
  /** Larger than the hub accepts: an error of the event that retrying does not fix. */
  readonly tooLarge: readonly PublishableEvent[];
  /** Why the hub did not take them, where it did not. */
  readonly spillReason?: string;
}

/** Makes events durable (promise P1). */
export interface Publisher {
  /**
   * Resolves when each event is in the hub or in the spill queue, or named as too large.
   * @throws TransientError `nothing-durable` when an event is in neither; others of the same call may be durable.
   */
  publish(events: readonly PublishableEvent[]): Promise<PublishResult>;
}

export interface PublisherParts {
  readonly lanes: StoreLanes;
  readonly order: SpillOrder;
  readonly breaker: CircuitBreaker;
}

/** The hub first; where it does not accept in time, or others of the store wait there already, the spill lane. */
export function durablePublisher({ lanes, order, breaker }: PublisherParts): Publisher {
  async function toHub(storeId: string, events: readonly PublishableEvent[]) {
    const isClear = order.isClear(storeId);
    // No turn of the event loop is lost while no lane is open.
    if (isClear !== true && !(await isClear))
      throw new TransientError('spilled-before', 'Events of the store wait in the spill lane');
    // Behind what is under way, whose end decides about both: past it, it would come before it.
    if (!lanes.isBusy(storeId) && !breaker.enter())
      throw new TransientError('hub-circuit-open', 'Event Hubs is not responding');
    try {
      const tooLarge = await lanes.send(storeId, events);
      breaker.succeeded();
      return tooLarge;
    } catch (thrown) {
      breaker.failed();
      throw thrown;
    }
  }

  async function publishStore(storeId: string, events: readonly PublishableEvent[]): Promise<PublishResult> {
    try {
      const tooLarge = await toHub(storeId, events);
      return { published: events.length - tooLarge.length, spilled: 0, tooLarge };
    } catch (hubFault) {
      try {
        await order.put(storeId, events);
      } catch (spillFault) {
        throw new TransientError(
          'nothing-durable',
          'Neither Event Hubs nor the spill queue accepted the events',
          {
            cause: new AggregateError([hubFault, spillFault]),
          },
        );
      }
      const spillReason = hubFault instanceof TransientError ? hubFault.code : 'unknown';
      return { published: 0, spilled: events.length, tooLarge: [], spillReason };
    }
  }

  return {
    async publish(events) {
      const results = await Promise.all(
        [...byStore(events)].map(([storeId, ofStore]) => publishStore(storeId, ofStore)),
      );
      const spillReason = results.find((result) => result.spillReason !== undefined)?.spillReason;
      return {
        published: results.reduce((sum, result) => sum + result.published, 0),
        spilled: results.reduce((sum, result) => sum + result.spilled, 0),
        tooLarge: results.flatMap((result) => result.tooLarge),
        ...(spillReason === undefined ? {} : { spillReason }),
      };
    },
  };
}

function byStore(events: readonly PublishableEvent[]): Map<string, PublishableEvent[]> {
  const stores = new Map<string, PublishableEvent[]>();
  for (const event of events) {
    const ofStore = stores.get(event.storeId);
    if (ofStore) ofStore.push(event);
    else stores.set(event.storeId, [event]);
  }
  return stores;
}
