/**
 * Gathers the events of one partition until there are `min` of them or the oldest has waited `maxWaitMs`
 * (host.json's minEventBatchSize and maxWaitTime).
 */
export class Batcher<T> {
  readonly #min: number;
  readonly #maxWaitMs: number;
  readonly #clock: () => number;
  #events: T[] = [];
  #since = 0;

  constructor(min: number, maxWaitMs: number, clock: () => number) {
    this.#min = min;
    this.#maxWaitMs = maxWaitMs;
    this.#clock = clock;
  }

  /** Adds what was received, if anything, and returns the whole batch when it is due, otherwise nothing. */
  add(received: T[]): T[] {
    if (this.#min === 1) return received;
    if (this.#events.length === 0) this.#since = this.#clock();
    this.#events.push(...received);
    const due = this.#events.length >= this.#min || this.#clock() - this.#since >= this.#maxWaitMs;
    if (!due) return [];
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
