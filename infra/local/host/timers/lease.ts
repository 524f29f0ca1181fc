import { RestError, type ContainerClient } from '@azure/storage-blob';

/** The minimum blob lease duration; also the longest that timers pause after their runner is killed. */
export const LEASE_SECONDS = 15;

/**
 * A lock between processes: a lease on a blob, renewed while held. It is lost when its holder dies or cannot reach
 * the storage for the lease duration.
 */
export class BlobLock {
  readonly #blob;
  readonly #lease;

  constructor(container: ContainerClient, name: string) {
    this.#blob = container.getBlockBlobClient(name);
    this.#lease = this.#blob.getBlobLeaseClient();
  }

  /** Whether this process now holds the lock. Rejects only if the storage fails. */
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

  /** Whether this process still holds the lock. */
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
