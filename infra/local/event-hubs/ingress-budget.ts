import { AmqpConditionError } from './amqp-error.ts';

/** Bytes of batches that may wait to be written, over all connections. */
const MAX_PENDING_BYTES = 67_108_864;

/** What one throughput unit of Event Hubs takes in, per second. */
const UNIT_BYTES = 1_048_576;
const UNIT_EVENTS = 1_000;
const SECOND_MS = 1_000;

const busy = (reason: string): AmqpConditionError =>
  new AmqpConditionError(
    'com.microsoft:server-busy',
    `The request was terminated because ${reason}. Please wait and try again. Error code: 50002.`,
  );

/**
 * Decides whether a batch may come in now. Memory is always bounded; with throughput units set, the rate is bounded as
 * in Azure, so an application can be tried against throttling.
 */
export class IngressBudget {
  readonly #throughputUnits: number | undefined;
  readonly #clock: () => number;
  readonly #maxPendingBytes: number;
  #pendingBytes = 0;
  #secondStartMs = 0;
  #bytes = 0;
  #events = 0;

  constructor(options: { throughputUnits?: number; maxPendingBytes?: number; clock: () => number }) {
    this.#throughputUnits = options.throughputUnits;
    this.#maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
    this.#clock = options.clock;
  }

  /**
   * Takes a batch into account until the returned function is called.
   * @throws AmqpConditionError `server-busy`; clients wait and try again.
   */
  take(bytes: number, events: number): () => void {
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#maxPendingBytes)
      throw busy('the local endpoint is behind with writing');
    this.#takeRate(bytes, events);
    this.#pendingBytes += bytes;
    return () => {
      this.#pendingBytes -= bytes;
    };
  }

  #takeRate(bytes: number, events: number): void {
    if (this.#throughputUnits === undefined) return;
    const nowMs = this.#clock();
    if (nowMs - this.#secondStartMs >= SECOND_MS) {
      this.#secondStartMs = nowMs;
      this.#bytes = 0;
      this.#events = 0;
    }
    const isOver =
      this.#bytes >= this.#throughputUnits * UNIT_BYTES ||
      this.#events >= this.#throughputUnits * UNIT_EVENTS;
    if (isOver) throw busy('the namespace is being throttled');
    this.#bytes += bytes;
    this.#events += events;
  }
}
