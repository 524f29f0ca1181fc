import type { Spill } from '../../shared/azure/hub/spill.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { SECOND_MS, type Clock } from '../../shared/time.ts';

/**
 * Keeps a store's events in order over an outage: while any of them wait in the spill lane, the next ones go behind them
 * and not past them into the hub.
 *
 * What this instance spilled it knows at once. What another one spilled it learns within `REFRESH_MS`: so long two instances
 * may differ about a store, if the hub is away for one of them alone. An event that is overtaken by that little raises no
 * alert, as a missing number is waited for much longer.
 */
export class SpillOrder {
  readonly #spill: Spill;
  readonly #clock: Clock;
  readonly #stores = new Map<string, Waiting>();
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(spill: Spill, clock: Clock) {
    this.#spill = spill;
    this.#clock = clock;
  }

  /** Whether the store's events may go straight to the hub. */
  async isClear(storeId: string): Promise<boolean> {
    await this.#refresh();
    const waiting = this.#stores.get(storeId);
    if (!waiting) return true;
    // Who comes while somebody looks waits with them, or would pass them.
    if (!waiting.looking && (waiting.puts > 0 || this.#clock() < waiting.lookAtMs)) return false;
    waiting.looking ??= this.#isEmpty(storeId);
    const isEmpty = await waiting.looking;
    if (this.#stores.get(storeId) !== waiting) return !this.#stores.has(storeId);
    waiting.looking = undefined;
    // Something may have been put there while it was looked at.
    if (isEmpty && waiting.puts === 0) {
      this.#stores.delete(storeId);
      return true;
    }
    waiting.lookAtMs = this.#clock() + LOOK_MS;
    return false;
  }

  /** Puts events behind what waits. @throws TransientError */
  async put(storeId: string, events: readonly PublishableEvent[]): Promise<void> {
    const waiting = this.#stores.get(storeId) ?? { puts: 0, lookAtMs: 0, looking: undefined };
    this.#stores.set(storeId, waiting);
    waiting.puts += 1;
    try {
      await this.#spill.put(storeId, events);
    } finally {
      waiting.puts -= 1;
      waiting.lookAtMs = this.#clock() + LOOK_MS;
    }
  }

  async #isEmpty(storeId: string): Promise<boolean> {
    try {
      return !(await this.#spill.isWaiting(storeId));
    } catch {
      // Where storage cannot be asked nobody knows, and the hub would be the wrong guess.
      return false;
    }
  }

  /** Learns which stores others have spilled. Who comes while it does waits with it, or would pass others. */
  #refresh(): Promise<void> {
    if (this.#clock() - this.#refreshedAtMs < REFRESH_MS) return this.#refreshing;
    this.#refreshedAtMs = this.#clock();
    // Storage that is slow must not keep the hub from working.
    this.#refreshing = Promise.race([this.#learn(), settledAfter(MAX_WAIT_MS)]);
    return this.#refreshing;
  }

  async #learn(): Promise<void> {
    let stores: readonly string[];
    try {
      stores = await this.#spill.storesWaiting();
    } catch {
      // It is asked again soon; what this instance spilled it knows by itself.
      return;
    }
    for (const storeId of stores)
      if (!this.#stores.has(storeId)) this.#stores.set(storeId, { puts: 0, lookAtMs: 0, looking: undefined });
  }
}

interface Waiting {
  /** Under way from this instance. */
  puts: number;
  /** Before this the lane is taken to hold something still. */
  lookAtMs: number;
  looking: Promise<boolean> | undefined;
}

const LOOK_MS = SECOND_MS / 2;
const REFRESH_MS = 3 * SECOND_MS;
const MAX_WAIT_MS = 300;

const settledAfter = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
