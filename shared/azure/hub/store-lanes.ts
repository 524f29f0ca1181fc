import { TransientError, messageOf } from '../../errors.ts';
import type { HubSender } from './hub-sender.ts';
import type { PublishableEvent } from '../../pos/publishable.ts';

/**
 * One lane per store: at most one batch of a store is in flight, so the store's events keep their order (promise
 * P4), and what arrives meanwhile leaves together as the next batch. Concurrent webhooks thus share a send, and
 * each is still answered only after its own events are accepted.
 */
export interface StoreLanes {
  /**
   * @returns the events that are too large for the hub.
   * @throws TransientError when the events are not known to be in the hub within `budgetMs`.
   */
  send(storeId: string, events: readonly PublishableEvent[]): Promise<readonly PublishableEvent[]>;
  /** Whether a batch of the store is under way. */
  isBusy(storeId: string): boolean;
}

interface Load {
  readonly events: readonly PublishableEvent[];
  readonly resolve: (tooLarge: readonly PublishableEvent[]) => void;
  readonly reject: (reason: Error) => void;
  abandoned: boolean;
}

interface Lane {
  waiting: Load[];
  driving: boolean;
}

/** Keeps one send short enough for the budget of those who wait behind it. */
const MAX_EVENTS_PER_SEND = 1_000;

export function storeLanes(sender: HubSender, budgetMs: number): StoreLanes {
  const lanes = new Map<string, Lane>();

  async function drive(storeId: string, lane: Lane): Promise<void> {
    // The rest of this turn of the event loop may bring more for the same batch.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    for (let loads = takeLoads(lane); loads.length > 0; loads = takeLoads(lane)) {
      const fault = await sendLoads(sender, storeId, loads);
      // What waits behind a batch that failed goes where that goes: sent by itself it would come first.
      if (fault) for (const load of takeAll(lane)) load.reject(fault);
    }
    lane.driving = false;
    lanes.delete(storeId);
  }

  return {
    isBusy: (storeId) => lanes.has(storeId),
    send(storeId, events) {
      let lane = lanes.get(storeId);
      if (!lane) lanes.set(storeId, (lane = { waiting: [], driving: false }));
      const sent = enqueue(lane, events, budgetMs);
      if (!lane.driving) {
        lane.driving = true;
        void drive(storeId, lane);
      }
      return sent;
    },
  };
}

function enqueue(
  lane: Lane,
  events: readonly PublishableEvent[],
  budgetMs: number,
): Promise<readonly PublishableEvent[]> {
  return new Promise((resolve, reject) => {
    const load: Load = {
      events,
      abandoned: false,
      resolve: (tooLarge) => {
        clearTimeout(timer);
        resolve(tooLarge);
      },
      reject: (reason) => {
        clearTimeout(timer);
        reject(reason);
      },
    };
    const timer = setTimeout(() => {
      // If it is under way it may still arrive, and then twice; the event id takes care of that.
      load.abandoned = true;
      reject(new TransientError('hub-slow', `Event Hubs did not accept within ${budgetMs} ms`));
    }, budgetMs);
    lane.waiting.push(load);
  });
}

function takeLoads(lane: Lane): Load[] {
  const taken: Load[] = [];
  let count = 0;
  while (lane.waiting.length > 0 && count < MAX_EVENTS_PER_SEND) {
    const load = lane.waiting.shift();
    if (!load || load.abandoned) continue;
    taken.push(load);
    count += load.events.length;
  }
  return taken;
}

const takeAll = (lane: Lane): Load[] => lane.waiting.splice(0).filter(({ abandoned }) => !abandoned);

/** @returns why they were not accepted, where they were not. */
async function sendLoads(
  sender: HubSender,
  storeId: string,
  loads: readonly Load[],
): Promise<Error | undefined> {
  try {
    const events = loads.length === 1 && loads[0] ? loads[0].events : loads.flatMap((load) => load.events);
    const tooLarge = await sender.send(storeId, events);
    const isTooLarge = new Set(tooLarge);
    for (const load of loads) {
      load.resolve(tooLarge.length === 0 ? [] : load.events.filter((event) => isTooLarge.has(event)));
    }
  } catch (thrown) {
    const reason =
      thrown instanceof Error
        ? thrown
        : new TransientError('hub-unavailable', messageOf(thrown), { cause: thrown });
    for (const load of loads) load.reject(reason);
    return reason;
  }
  return undefined;
}
