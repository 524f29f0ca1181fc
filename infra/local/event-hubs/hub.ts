import { join } from 'node:path';
import { AmqpConditionError, invalidPartition, notFound } from './amqp-error.ts';
import type { HubConfig } from './config.ts';
import { creationTimeMs } from './creation-time.ts';
import { partitionOfKey } from './partition-hash.ts';
import type { PartitionLogOptions } from './partition-log.ts';
import { PartitionLog } from './partition-log.ts';
import { Readers } from './readers.ts';

const DEFAULT_GROUP = '$Default';

/** An open event hub: its partitions and who reads them. */
export class Hub {
  readonly name: string;
  readonly createdAtMs: number;
  readonly partitions: readonly PartitionLog[];
  readonly #readers: ReadonlyMap<string, readonly Readers[]>;
  #nextPartition = 0;

  private constructor(config: HubConfig, partitions: readonly PartitionLog[], createdAtMs: number) {
    this.name = config.name;
    this.createdAtMs = createdAtMs;
    this.partitions = partitions;
    this.#readers = new Map(
      [DEFAULT_GROUP, ...config.consumerGroups].map((group) => [
        group.toLowerCase(),
        partitions.map((_, id) => new Readers(`${config.name}/ConsumerGroups/${group}/Partitions/${id}`)),
      ]),
    );
  }

  /** Opens a hub whose partitions lie in folders of their own below `folder`. */
  static async open(
    config: HubConfig,
    folder: string,
    options: Omit<PartitionLogOptions, 'folder' | 'retentionMs' | 'retentionBytes'>,
  ): Promise<Hub> {
    const partitions: PartitionLog[] = [];
    const hubFolder = join(folder, config.name.toLowerCase());
    const createdAtMs = await creationTimeMs(hubFolder, options.clock);
    try {
      for (let id = 0; id < config.partitionCount; id++)
        partitions.push(
          await PartitionLog.open({
            ...options,
            ...(config.retentionMs === undefined ? {} : { retentionMs: config.retentionMs }),
            ...(config.retentionBytes === undefined ? {} : { retentionBytes: config.retentionBytes }),
            folder: join(hubFolder, String(id)),
          }),
        );
    } catch (error) {
      await Promise.all(partitions.map((partition) => partition.close()));
      throw error;
    }
    return new Hub(config, partitions, createdAtMs);
  }

  /** @throws AmqpConditionError when there is no such partition. */
  partition(id: string): PartitionLog {
    const found = /^\d+$/.test(id) ? this.partitions[Number(id)] : undefined;
    if (!found) throw invalidPartition(id, this.partitions.length);
    return found;
  }

  /** The partition of a batch that was sent to the hub: by its key, else by turns. */
  partitionFor(key: string | undefined): PartitionLog {
    const id =
      key === undefined
        ? this.#nextPartition++ % this.partitions.length
        : partitionOfKey(key, this.partitions.length);
    const found = this.partitions[id];
    if (!found) throw new AmqpConditionError('amqp:internal-error', `Partition ${id} is missing`);
    return found;
  }

  /** @throws AmqpConditionError when there is no such consumer group or partition. */
  readers(group: string, partition: string): Readers {
    const ofGroup = this.#readers.get(group.toLowerCase());
    if (!ofGroup) throw notFound(`${this.name}/ConsumerGroups/${group}`);
    const found = /^\d+$/.test(partition) ? ofGroup[Number(partition)] : undefined;
    if (!found) throw invalidPartition(partition, this.partitions.length);
    return found;
  }

  async maintain(): Promise<void> {
    for (const partition of this.partitions) await partition.maintain();
  }

  async close(): Promise<void> {
    await Promise.all(this.partitions.map((partition) => partition.close()));
  }
}
