import { AmqpConditionError } from './amqp-error.ts';

/** A consumer of one partition in one consumer group. */
export interface Reader {
  /** Its owner level; undefined for a consumer that shares. */
  readonly epoch: number | undefined;
  /** Ends it because another one took over or the limit says so. */
  detach(error: AmqpConditionError): void;
}

/** Consumers without an owner level that may share a partition within a group. */
const MAX_SHARING_READERS = 5;

const stolen = (description: string): AmqpConditionError =>
  new AmqpConditionError('amqp:link:stolen', description);

/**
 * The consumers of one partition in one group. An owner level makes a consumer exclusive: a new one with the same or a
 * higher level takes the partition over, a lower or none is refused while it stays.
 */
export class Readers {
  readonly #entity: string;
  readonly #readers = new Set<Reader>();

  constructor(entity: string) {
    this.#entity = entity;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** @throws AmqpConditionError when the consumer is not let in. */
  add(reader: Reader): void {
    const owner = [...this.#readers].find(({ epoch }) => epoch !== undefined);
    if (reader.epoch === undefined) {
      if (owner)
        throw stolen(
          `At least one receiver for '${this.#entity}' is created with epoch of '${owner.epoch}', and so a receiver without an epoch is not allowed. Either reconnect with a higher epoch or make sure all receivers are non-epoch.`,
        );
      if (this.#readers.size >= MAX_SHARING_READERS)
        throw new AmqpConditionError(
          'amqp:resource-limit-exceeded',
          `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${MAX_SHARING_READERS}.`,
        );
    } else {
      if (owner?.epoch !== undefined && owner.epoch > reader.epoch)
        throw stolen(
          `A receiver with a higher epoch '${owner.epoch}' already exists for '${this.#entity}'. A receiver with epoch '${reader.epoch}' cannot be created. Make sure you are creating receivers with increasing epoch values.`,
        );
      for (const other of this.#readers)
        other.detach(
          stolen(
            `New receiver with epoch of '${reader.epoch}' is created for '${this.#entity}', hence this receiver is getting disconnected.`,
          ),
        );
      this.#readers.clear();
    }
    this.#readers.add(reader);
  }

  remove(reader: Reader): void {
    this.#readers.delete(reader);
  }
}
