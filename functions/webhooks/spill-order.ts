import type { Spill } from '../../shared/azure/hub/spill.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';
import { SECOND_MS, type Clock } from '../../shared/time.ts';

/**
 * Keeps a store's events in order over an outage: while any of them wait in the spill lane, the next ones go behind them
 * and not past them into the hub, whichever instance takes them.
 *
 * Nobody looks at the lanes while none is open. Whoever opens one changes a mark that all instances share, and waits
 * `FRESH_MS` before its sender gets an answer. Every instance has read the mark within the last `FRESH_MS` whenever it
 * sends to the hub. So an event that its till sends after the answer finds the lane open on every instance. Only events
 * that a till has under way at the same time have no order. No two clocks are compared: both sides measure how much
 * time has passed.
 *
 * The order gives way to durability in one case: an instance that reaches the hub but not storage for `MAX_WAIT_MS` sends
 * on, as storage must not stop the tills. It can then pass what another instance spilled meanwhile.
 */
export class SpillOrder {
  readonly #spill: Spill;
  readonly #clock: Clock;
  readonly #wait: Wait;
  readonly #stores = new Map<string, Waiting>();
  /** What the mark was when all lanes were listed the last time. */
  #mark: string | undefined;
  #listedAtMs = Number.NEGATIVE_INFINITY;
  /** When the last look at the mark began. */
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #nextChange: Promise<void> | undefined;
  #lastChange: Promise<void> = Promise.resolve();

  constructor(spill: Spill, clock: Clock, wait: Wait) {
    this.#spill = spill;
    this.#clock = clock;
    this.#wait = wait;
  }

  /** Whether the store's events may go straight to the hub. It is known at once for as long as no lane is open. */
  isClear(storeId: string): boolean | Promise<boolean> {
    const ageMs = this.#clock() - this.#askedAtMs;
    if (ageMs >= REFRESH_MS) this.#asking ??= this.#ask();
    if (ageMs >= FRESH_MS && this.#asking) return this.#asking.then(() => this.#isStoreClear(storeId));
    return this.#stores.has(storeId) ? this.#isStoreClear(storeId) : true;
  }

  async #isStoreClear(storeId: string): Promise<boolean> {
    const waiting = this.#stores.get(storeId);
    if (!waiting) return true;
    // Who comes while somebody looks waits with them, or would pass them.
    if (!waiting.looking && (waiting.puts > 0 || this.#clock() < waiting.lookAtMs)) return false;
    const { seen } = waiting;
    waiting.looking ??= this.#isEmpty(storeId);
    const isEmpty = await waiting.looking;
    if (this.#stores.get(storeId) !== waiting) return !this.#stores.has(storeId);
    waiting.looking = undefined;
    // Something may have been put there while it was looked at.
    if (isEmpty && waiting.puts === 0 && waiting.seen === seen) {
      this.#stores.delete(storeId);
      return true;
    }
    waiting.lookAtMs = this.#clock() + LOOK_MS;
    return false;
  }

  /** Puts events behind what waits. Resolves when every instance knows that they wait. @throws TransientError */
  async put(storeId: string, events: readonly PublishableEvent[]): Promise<void> {
    const waiting = this.#stores.get(storeId) ?? newlyOpen();
    this.#stores.set(storeId, waiting);
    waiting.puts += 1;
    try {
      const place = await this.#spill.put(storeId, events);
      // While one lies there that everybody knows of, the lane was open all the time.
      if (waiting.known !== undefined && (await this.#spill.holds(waiting.known))) return;
      await this.#announce();
      await this.#wait(FRESH_MS);
      waiting.known = place;
    } finally {
      waiting.puts -= 1;
      waiting.seen += 1;
      waiting.lookAtMs = this.#clock() + LOOK_MS;
    }
  }

  /** Changes the mark once for all who ask before it is changed: at the start of an outage that may be hundreds. */
  #announce(): Promise<void> {
    this.#nextChange ??= this.#lastChange
      .then(() => this.#wait(GATHER_MS))
      .then(() => {
        const change = this.#spill.changeMark();
        this.#nextChange = undefined;
        this.#lastChange = change.catch(() => {});
        return change;
      });
    return this.#nextChange;
  }

  async #isEmpty(storeId: string): Promise<boolean> {
    try {
      return !(await this.#spill.isWaiting(storeId));
    } catch {
      // Where storage cannot be asked nobody knows, and the hub would be the wrong guess.
      return false;
    }
  }

  /** Storage that is slow must not keep the hub from working. */
  async #ask(): Promise<void> {
    const askedAtMs = this.#clock();
    await Promise.race([this.#learn(askedAtMs), this.#wait(MAX_WAIT_MS)]);
    this.#askedAtMs = askedAtMs;
    this.#asking = undefined;
  }

  /** Lists the lanes where the mark has changed, and now and then: the version before changes no mark. */
  async #learn(askedAtMs: number): Promise<void> {
    try {
      const mark = await this.#spill.mark();
      if (mark === this.#mark && askedAtMs - this.#listedAtMs < LIST_MS) return;
      for (const storeId of await this.#spill.storesWaiting()) {
        const known = this.#stores.get(storeId);
        if (known) known.seen += 1;
        else this.#stores.set(storeId, newlyOpen());
      }
      this.#mark = mark;
      this.#listedAtMs = askedAtMs;
    } catch {
      // It is asked again soon; what this instance spilled it knows by itself.
    }
  }
}

/** Resolves after so many milliseconds. */
type Wait = (ms: number) => Promise<unknown>;

interface Waiting {
  /** Under way from this instance. */
  puts: number;
  /** How often something was put or found there. */
  seen: number;
  /** The oldest place in the lane of which every instance knows, as far as this one put it there. */
  known: string | undefined;
  /** Before this the lane is taken to hold something still. */
  lookAtMs: number;
  looking: Promise<boolean> | undefined;
}

const newlyOpen = (): Waiting => ({ puts: 0, seen: 0, known: undefined, lookAtMs: 0, looking: undefined });

const LOOK_MS = SECOND_MS / 2;
/** With the hub's share of a till's two seconds this leaves time to write the lane. */
const FRESH_MS = SECOND_MS / 2;
/** Ahead of time, so no request waits for it where there are many. */
const REFRESH_MS = FRESH_MS / 2;
/** Storage takes a few hundred changes of one blob a second, of all instances together. */
const GATHER_MS = 50;
const LIST_MS = 15 * SECOND_MS;
const MAX_WAIT_MS = 300;
