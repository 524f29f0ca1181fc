import type { EncodedEvent, ProducerStamp } from './batch-codec.ts';
import type { ProducerRefusal } from './producers.ts';
import { Producers } from './producers.ts';
import type { LogRecord, RecordHeader } from './record.ts';
import { RECORD_HEADER_BYTES, encodeRecord, offsetsOf, positionAfter, readHeader } from './record.ts';
import { READ_BYTES } from './segment.ts';
import type { SegmentStoreOptions } from './segment-store.ts';
import { SegmentStore } from './segment-store.ts';
import type { StartPosition } from './selector.ts';
import { TailCache } from './tail-cache.ts';

export interface PartitionLogOptions extends SegmentStoreOptions {
  readonly clock: () => number;
}

/** A batch of an idempotent producer was refused. */
export class ProducerRefusedError extends Error {
  override readonly name = 'ProducerRefusedError';
  readonly condition: ProducerRefusal;

  constructor(condition: ProducerRefusal) {
    super(
      condition === 'com.microsoft:producer-epoch-stolen'
        ? 'a producer with a higher epoch publishes to this partition'
        : 'the producer sequence number does not follow the last one that was stored',
    );
    this.condition = condition;
  }
}

/** Writing failed once: nothing more is accepted until the endpoint is started again. */
export class LogFailedError extends Error {
  override readonly name = 'LogFailedError';
}

/** A position that lies beyond the end of the partition, as a checkpoint does that outlived its data. */
export class PositionBeyondEndError extends Error {
  override readonly name = 'PositionBeyondEndError';
}

/** Where a consumer reads next: the record at `position`, its events from `sequence` on. */
export interface Cursor {
  readonly position: number;
  readonly sequence: number;
}

/** What Event Hubs tells about a partition. */
export interface PartitionProperties {
  readonly beginSequence: number;
  /** -1 when nothing was ever stored. */
  readonly lastSequence: number;
  /** '-1' when nothing was ever stored. */
  readonly lastOffset: string;
  readonly lastEnqueuedTimeMs: number;
  readonly isEmpty: boolean;
}

interface Pending {
  readonly events: readonly EncodedEvent[];
  readonly stamp: ProducerStamp | undefined;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How many bytes of batches one write (and one sync) takes together. */
const GROUP_BYTES = 4_194_304;
const TAIL_CACHE_BYTES = 1_048_576;

/**
 * One partition: an append queue with group commit before the segment files, and reads for consumers. A batch is
 * written, made durable, made readable and then accepted, in this order.
 */
export class PartitionLog {
  readonly #clock: () => number;
  readonly #store: SegmentStore;
  readonly #log: (line: string) => void;
  readonly producers: Producers;
  readonly #tail = new TailCache(TAIL_CACHE_BYTES);
  readonly #waiting = new Set<() => void>();
  #pending: Pending[] = [];
  #work: Promise<void> = Promise.resolve();
  #isFlushing = false;
  #failure: LogFailedError | undefined;
  #last: { offset: string; timeMs: number };

  private constructor(
    options: PartitionLogOptions,
    store: SegmentStore,
    producers: Producers,
    last: LogRecord | undefined,
  ) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#store = store;
    this.producers = producers;
    this.#last = last ? lastOf(last) : { offset: '-1', timeMs: 0 };
  }

  /** @throws CorruptLogError when stored data is damaged in a way no kill explains. */
  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const producers = new Producers();
    let last: LogRecord | undefined;
    const store = await SegmentStore.open(options, {
      producers: (states) => states.forEach((state) => producers.set(state)),
      record: (record) => {
        last = record;
        if (record.stamp) producers.check(record.stamp, record.count);
      },
    });
    last ??= await store.lastSealedRecord();
    return new PartitionLog(options, store, producers, last);
  }

  get properties(): PartitionProperties {
    const { begin, end } = this.#store;
    return {
      beginSequence: begin.sequence,
      lastSequence: end.sequence - 1,
      lastOffset: this.#last.offset,
      lastEnqueuedTimeMs: this.#last.timeMs,
      isEmpty: begin.sequence === end.sequence,
    };
  }

  /**
   * Stores a batch; resolves once it is durable and readable. A duplicate of an idempotent producer resolves without
   * being stored again.
   * @throws ProducerRefusedError
   * @throws LogFailedError after a write error, now or earlier.
   */
  append(events: readonly EncodedEvent[], stamp: ProducerStamp | undefined, bytes: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ events, stamp, bytes, resolve, reject });
      if (!this.#isFlushing) this.#flushSoon();
    });
  }

  #flushSoon(): void {
    this.#isFlushing = true;
    this.#work = this.#flushAfter(this.#work);
  }

  async #flushAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    while (this.#pending.length > 0 && !this.#failure) await this.#flushGroup(this.#takeGroup());
    this.#isFlushing = false;
  }

  #takeGroup(): Pending[] {
    let count = 0;
    for (let bytes = 0; count < this.#pending.length && bytes < GROUP_BYTES; count++)
      bytes += this.#pending[count]?.bytes ?? 0;
    return this.#pending.splice(0, count);
  }

  async #flushGroup(group: readonly Pending[]): Promise<void> {
    const done: Pending[] = [];
    try {
      if (this.#store.isRollDue(this.#clock())) await this.#store.roll(this.producers.all());
      const records = this.#encodeGroup(group, done);
      if (records.length > 0)
        await this.#store.write(
          records.map(({ bytes }) => bytes),
          records.map(({ record }) => record),
        );
      for (const { record } of records) this.#publish(record);
    } catch (error) {
      this.#fail(error, [...group, ...this.#pending.splice(0)]);
      return;
    }
    for (const pending of done) pending.resolve();
    this.#wake();
  }

  #encodeGroup(group: readonly Pending[], done: Pending[]): { bytes: Buffer; record: LogRecord }[] {
    let { position, sequence } = this.#store.end;
    // Time never runs backwards within a partition, whatever the clock does.
    const enqueuedTimeMs = Math.max(this.#clock(), this.#last.timeMs);
    const records: { bytes: Buffer; record: LogRecord }[] = [];
    for (const pending of group) {
      const verdict = pending.stamp ? this.producers.check(pending.stamp, pending.events.length) : 'new';
      if (verdict !== 'new' && verdict !== 'duplicate') {
        pending.reject(new ProducerRefusedError(verdict));
        continue;
      }
      done.push(pending);
      if (verdict === 'duplicate') continue;
      const bytes = encodeRecord(pending.events, pending.stamp, {
        position,
        firstSequence: sequence,
        enqueuedTimeMs,
      });
      const header = readHeader(bytes, 0) as RecordHeader;
      records.push({ bytes, record: { ...header, body: bytes.subarray(RECORD_HEADER_BYTES) } });
      position += bytes.length;
      sequence += pending.events.length;
    }
    return records;
  }

  #publish(record: LogRecord): void {
    this.#tail.push(record);
    this.#last = lastOf(record);
  }

  #fail(cause: unknown, refused: readonly Pending[]): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // After a failed write nobody knows what the file holds, so only a fresh recovery may go on.
    this.#failure = new LogFailedError(
      `The local Event Hubs endpoint could not write (${reason}). Free up space or fix the disk, then start it again.`,
      { cause },
    );
    this.#log(this.#failure.message);
    for (const pending of refused) pending.reject(this.#failure);
  }

  /** The records from a cursor on that one read gives; none at the end. */
  async read(cursor: Cursor): Promise<LogRecord[]> {
    // What has expired is gone, even while the cache still remembers it.
    const cached =
      cursor.position < this.#store.begin.position ? [] : this.#tail.from(cursor.position, READ_BYTES);
    return cached.length > 0 ? cached : this.#store.read(cursor.position, READ_BYTES);
  }

  hasMoreThan(cursor: Cursor): boolean {
    return cursor.position < this.#store.end.position;
  }

  /** Calls back once, after the next batch became readable. */
  onAppend(wake: () => void): void {
    this.#waiting.add(wake);
  }

  offAppend(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /**
   * The cursor of a start position.
   * @throws PositionBeyondEndError
   */
  locate(start: StartPosition): Promise<Cursor> {
    const { begin, end } = this.#store;
    if (start.kind === 'sequence') return this.#locateSequence(start.value, start.isInclusive, end);
    if (start.kind === 'offset') return this.#locateOffset(start.value, start.isInclusive, end);
    if (start.kind === 'time') return this.#locateTime(start.value, start.isInclusive, end);
    return Promise.resolve(start.kind === 'earliest' ? begin : end);
  }

  async #locateSequence(wanted: number, isInclusive: boolean, end: Cursor): Promise<Cursor> {
    const first = isInclusive ? wanted : wanted + 1;
    if (first > end.sequence)
      throw new PositionBeyondEndError(
        `The supplied sequence number '${wanted}' is invalid. The last sequence number in the system is '${end.sequence - 1}'`,
      );
    const record = await this.#store.find(
      (header) => header.firstSequence + header.count <= first,
      ([, sequence]) => sequence <= first,
    );
    return record ? { position: record.position, sequence: Math.max(first, record.firstSequence) } : end;
  }

  async #locateTime(wantedMs: number, isInclusive: boolean, end: Cursor): Promise<Cursor> {
    const isBefore = (timeMs: number): boolean => (isInclusive ? timeMs < wantedMs : timeMs <= wantedMs);
    const record = await this.#store.find(
      (header) => isBefore(header.enqueuedTimeMs),
      ([, , timeMs]) => isBefore(timeMs),
    );
    return record ? { position: record.position, sequence: record.firstSequence } : end;
  }

  async #locateOffset(offset: number, isInclusive: boolean, end: Cursor): Promise<Cursor> {
    if (offset >= end.position)
      throw new PositionBeyondEndError(
        `The supplied offset '${offset}' is invalid. The last offset in the system is '${this.#last.offset}'`,
      );
    const record = await this.#store.find(
      (header) => positionAfter(header) <= offset,
      ([position]) => position <= offset,
    );
    if (!record) return end;
    const passed = offsetsOf(record).filter((own) => (isInclusive ? own < offset : own <= offset)).length;
    return passed === record.count
      ? { position: positionAfter(record), sequence: record.firstSequence + record.count }
      : { position: record.position, sequence: record.firstSequence + passed };
  }

  /** Seals and deletes what the retention asks for. */
  maintain(): Promise<void> {
    this.#work = this.#maintainAfter(this.#work);
    return this.#work;
  }

  async #maintainAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    if (this.#failure) return;
    try {
      if (this.#store.isRollDue(this.#clock())) await this.#store.roll(this.producers.all());
      await this.#store.expire(this.#clock());
    } catch (error) {
      this.#fail(error, this.#pending.splice(0));
    }
  }

  /** Finishes what was appended and closes the files. */
  async close(): Promise<void> {
    await this.#work;
    await this.#store.close();
  }
}

function lastOf(record: LogRecord): { offset: string; timeMs: number } {
  return { offset: String(offsetsOf(record).at(-1)), timeMs: record.enqueuedTimeMs };
}
