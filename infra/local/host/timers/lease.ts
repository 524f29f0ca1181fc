import { RestError, type ContainerClient } from '@azure/storage-blob';

/** The shortest a blob lease can last; also the longest that timers stand still after their runner was killed. */
export const LEASE_SECONDS = 15;

/**
 * A lock among processes: a lease on a blob, renewed while it is held. It is lost when its holder dies or cannot reach
 * the storage for as long as it lasts.
 */
export class BlobLock {
  readonly #blob;
  readonly #lease;

  constructor(container: ContainerClient, name: string) {
    this.#blob = container.getBlockBlobClient(name);
    this.#lease = this.#blob.getBlobLeaseClient();
  }

  /** Whether the lock is now held here. Rejects only if the storage fails. */
  async acquire(): Promise<boolean> {
    for (;;) {
      try {
        await this.#lease.acquireLease(LEASE_SECONDS);
        return true;
      } catch (thrown) {
        if (!(thrown instanceof RestError)) throw thrown;
        if (thrown.statusCode === 409) return false;
        if (thrown.statusCode !== 404) throw thrown;
        await this.#create();
      }
    }
  }

  /** Whether the lock is still held here. */
  async renew(): Promise<boolean> {
    try {
      await this.#lease.renewLease();
      return true;
    } catch (thrown) {
      if (thrown instanceof RestError && (thrown.statusCode === 409 || thrown.statusCode === 404))
        return false;
      throw thrown;
    }
  }

  async release(): Promise<void> {
    await this.#lease.releaseLease();
  }

  async #create(): Promise<void> {
    try {
      await this.#blob.upload('', 0, { conditions: { ifNoneMatch: '*' } });
    } catch (thrown) {
      if (!(thrown instanceof RestError) || (thrown.statusCode !== 409 && thrown.statusCode !== 412))
        throw thrown;
    }
  }
}
