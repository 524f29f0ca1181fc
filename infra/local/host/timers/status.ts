import { RestError, type ContainerClient } from '@azure/storage-blob';

/** The WebJobs SDK's record of a timer, as its blob holds it. */
export interface TimerStatus {
  Last: string;
  Next: string;
  LastUpdated: string;
}

/** .NET's value for a timer that never ran. */
const NEVER = '0001-01-01T00:00:00';

/** Reads and writes the status blob of one timer: `timers/<host>/Host.Functions.<name>/status`. */
export class TimerStatusStore {
  readonly #blob;

  constructor(container: ContainerClient, hostId: string, functionName: string) {
    this.#blob = container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${functionName}/status`);
  }

  async read(): Promise<TimerStatus | undefined> {
    try {
      return JSON.parse((await this.#blob.downloadToBuffer()).toString()) as TimerStatus;
    } catch (thrown) {
      if (thrown instanceof RestError && thrown.statusCode === 404) return undefined;
      throw thrown;
    }
  }

  async write(status: TimerStatus): Promise<void> {
    await this.#blob.uploadData(Buffer.from(JSON.stringify(status)));
  }
}

/** Times in milliseconds since 1970; `last` undefined for a timer that never ran. */
export function timerStatus(last: number | undefined, next: number, updated: number): TimerStatus {
  return { Last: last === undefined ? NEVER : zoned(last), Next: zoned(next), LastUpdated: zoned(updated) };
}

/** A .NET DateTime of a UTC machine. */
function zoned(time: number): string {
  return new Date(time).toISOString().replace(/(?:\.000)?Z$/, '+00:00');
}
