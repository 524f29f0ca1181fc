import type { ProducerStamp } from './batch-codec.ts';

/** Where an idempotent producer stands in a partition. */
export interface ProducerState {
  readonly producerId: number;
  readonly epoch: number;
  /** Its number of the last event that was stored; numbers are 32-bit and wrap. */
  readonly lastSequence: number;
  /** Numbers of the first and the last event of the newest batches, oldest first: only these may be repeated. */
  readonly newest: readonly (readonly [first: number, last: number])[];
}

/** Conditions by which Event Hubs refuses a batch of an idempotent producer. */
export type ProducerRefusal = 'com.microsoft:out-of-order-sequence' | 'com.microsoft:producer-epoch-stolen';

/** Producers remembered per partition; the longest unused is forgotten first. */
const MAX_PRODUCERS = 1_000;
/** A client sends one batch at a time to a partition; a few more make room for clients that do not wait. */
const MAX_REPEATABLE = 5;

/**
 * De-duplicates by producer id and sequence number: a retried batch whose acknowledgement was lost is accepted again
 * without being stored again. Other events under numbers that were used are refused, as accepting would lose them.
 */
export class Producers {
  readonly #states = new Map<number, ProducerState>();

  get(producerId: number): ProducerState | undefined {
    return this.#states.get(producerId);
  }

  all(): readonly ProducerState[] {
    return [...this.#states.values()];
  }

  set(state: ProducerState): void {
    // Deleting first moves the entry to the young end of the map.
    this.#states.delete(state.producerId);
    this.#states.set(state.producerId, state);
    if (this.#states.size <= MAX_PRODUCERS) return;
    for (const oldest of this.#states.keys()) {
      this.#states.delete(oldest);
      return;
    }
  }

  /**
   * A link was opened with this stamp, whose sequence is the last one the client counts as published. A newer epoch
   * starts over from it and shuts out older ones; under a known epoch the stored state decides.
   */
  open(stamp: ProducerStamp): ProducerRefusal | undefined {
    const known = this.#states.get(stamp.producerId);
    if (known && stamp.epoch < known.epoch) return 'com.microsoft:producer-epoch-stolen';
    if (!known || stamp.epoch > known.epoch)
      this.set({
        producerId: stamp.producerId,
        epoch: stamp.epoch,
        lastSequence: stamp.sequence,
        newest: [],
      });
    return undefined;
  }

  /** Judges a batch of `count` events. A new one is taken note of. */
  check(stamp: ProducerStamp, count: number): 'new' | 'duplicate' | ProducerRefusal {
    const known = this.#states.get(stamp.producerId);
    if (known && stamp.epoch < known.epoch) return 'com.microsoft:producer-epoch-stolen';
    const { producerId, epoch, sequence: first } = stamp;
    const last = (first + count - 1) | 0;
    const newest = known?.epoch === epoch ? known.newest : [];
    if (known?.epoch === epoch && first !== ((known.lastSequence + 1) | 0))
      return newest.some((batch) => batch[0] === first && batch[1] === last)
        ? 'duplicate'
        : 'com.microsoft:out-of-order-sequence';
    this.set({
      producerId,
      epoch,
      lastSequence: last,
      newest: [...newest, [first, last] as const].slice(-MAX_REPEATABLE),
    });
    return 'new';
  }
}
