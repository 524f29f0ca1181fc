import type { LogRecord } from './record.ts';
import { positionAfter, recordBytes } from './record.ts';

/** The newest records of a partition, so consumers that keep up never touch a file. Bounded in bytes. */
export class TailCache {
  readonly #maxBytes: number;
  #records: LogRecord[] = [];
  #first = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(record: LogRecord): void {
    this.#records.push(record);
    this.#bytes += recordBytes(record);
    while (this.#bytes > this.#maxBytes && this.#first < this.#records.length) {
      const oldest = this.#records[this.#first++];
      if (oldest) this.#bytes -= recordBytes(oldest);
    }
    if (this.#first > this.#records.length / 2) {
      this.#records = this.#records.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The cached records from the one that starts at `position` on, up to about `limitBytes`; none if it is not cached. */
  from(position: number, limitBytes: number): LogRecord[] {
    let low = this.#first;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle]?.position ?? Infinity) < position) low = middle + 1;
      else high = middle;
    }
    const found: LogRecord[] = [];
    if (this.#records[low]?.position !== position) return found;
    for (let i = low, bytes = 0; i < this.#records.length && bytes < limitBytes; i++) {
      const record = this.#records[i];
      if (!record) break;
      found.push(record);
      bytes += positionAfter(record) - record.position;
    }
    return found;
  }
}
