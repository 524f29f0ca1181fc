import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rm, stat, truncate } from 'node:fs/promises';
import type { ProducerState } from './producers.ts';
import type { LogRecord, RecordHeader } from './record.ts';
import { positionAfter } from './record.ts';
import type { RetentionLimits } from './retention.ts';
import { expiredCount, rollAgeMs, segmentBytesFor } from './retention.ts';
import type { SegmentFile } from './segment.ts';
import { CorruptLogError, listSegments, readSegment, scanSegment, segmentFile } from './segment.ts';
import type { IndexEntry, SegmentSummary } from './segment-index.ts';
import { SegmentIndex, indexPathOf, lastEntryBefore, loadSummary, saveSummary } from './segment-index.ts';

/** `process`: written before it is accepted, so a killed process loses nothing. `machine`: also synced to the
 * disk, so a power cut loses nothing. */
export type Durability = 'process' | 'machine';

/** Writes buffers one after the other at a position of a file. */
export type WriteAt = (file: FileHandle, buffers: readonly Buffer[], at: number) => Promise<void>;

export interface SegmentStoreOptions extends RetentionLimits {
  readonly folder: string;
  readonly durability: Durability;
  readonly log: (line: string) => void;
  /** Bytes after which a segment is sealed; by default a fitting part of the retention. */
  readonly segmentBytes?: number;
  /** How to write; tests replace it to fail. */
  readonly write?: WriteAt;
}

interface SealedSegment extends SegmentFile {
  readonly size: number;
  readonly lastTimeMs: number;
}

export const writeAt: WriteAt = async (file, buffers, at) => {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  let { bytesWritten: written } = await file.writev(buffers, at);
  if (written === total) return;
  // A short write is legal, if rare: the rest follows from one buffer.
  const all = Buffer.concat(buffers);
  while (written < total) {
    const { bytesWritten } = await file.write(all, written, total - written, at + written);
    written += bytesWritten;
  }
};

/**
 * The segment files of one partition. One segment is active and written at its end; the others are sealed, and expire
 * as a whole. Memory holds a line per sealed segment and the sparse index of the active one.
 */
export class SegmentStore {
  readonly #options: SegmentStoreOptions;
  readonly #segmentBytes: number;
  readonly #write: WriteAt;
  #sealed: SealedSegment[] = [];
  #active: SegmentFile;
  #index: SegmentIndex;
  #file: FileHandle | undefined;

  private constructor(options: SegmentStoreOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? segmentBytesFor(options);
    this.#write = options.write ?? writeAt;
    this.#active = segmentFile(options.folder, 0, 0);
    this.#index = new SegmentIndex(0, 0);
  }

  /**
   * Opens the segments of a folder and cuts off a tail that a kill has torn.
   * @param restore takes the producers of the newest sealed segment, then every record of the active one.
   * @throws CorruptLogError when a sealed segment is damaged: a kill never does that.
   */
  static async open(
    options: SegmentStoreOptions,
    restore: { producers: (states: readonly ProducerState[]) => void; record: (record: LogRecord) => void },
  ): Promise<SegmentStore> {
    const store = new SegmentStore(options);
    await mkdir(options.folder, { recursive: true });
    const files = await listSegments(options.folder);
    const active = files.pop() ?? store.#active;
    for (const [i, file] of files.entries()) {
      const { size } = await stat(file.path);
      const next = files[i + 1] ?? active;
      const summary = await summaryOf(file, size);
      if (file.basePosition + size !== next.basePosition || summary.nextSequence !== next.baseSequence)
        throw new CorruptLogError(`${file.path} does not end where ${next.path} begins`);
      if (next === active) restore.producers(summary.producers);
      store.#sealed.push({ ...file, size, lastTimeMs: summary.lastTimeMs });
    }
    await store.#openActive(active, restore.record);
    return store;
  }

  async #openActive(active: SegmentFile, restore: (record: LogRecord) => void): Promise<void> {
    this.#active = active;
    this.#index = new SegmentIndex(active.basePosition, active.baseSequence);
    this.#file = await openForAppend(active.path);
    for await (const record of scanSegment(active)) {
      this.#index.add(record);
      restore(record);
    }
    const { size } = await stat(active.path);
    if (size === this.#index.size) return;
    this.#options.log(
      `${active.path}: cut off ${size - this.#index.size} bytes of a write that was never finished`,
    );
    await truncate(active.path, this.#index.size);
    await this.#file.sync();
  }

  /** Where the oldest stored record starts. */
  get begin(): { position: number; sequence: number } {
    const first = this.#sealed[0] ?? this.#active;
    return { position: first.basePosition, sequence: first.baseSequence };
  }

  /** Where the next record goes. */
  get end(): { position: number; sequence: number } {
    return { position: this.#active.basePosition + this.#index.size, sequence: this.#index.nextSequence };
  }

  /** Writes encoded records at the end; on return they are as durable as promised. */
  async write(buffers: readonly Buffer[], headers: readonly RecordHeader[]): Promise<void> {
    if (!this.#file) throw new Error('the log is closed');
    await this.#write(this.#file, buffers, this.#index.size);
    if (this.#options.durability === 'machine') await this.#file.datasync();
    for (const header of headers) this.#index.add(header);
  }

  isRollDue(nowMs: number): boolean {
    if (this.#index.size === 0) return false;
    return (
      this.#index.size >= this.#segmentBytes || nowMs - this.#index.firstTimeMs >= rollAgeMs(this.#options)
    );
  }

  /** Seals the active segment and starts the next one. */
  async roll(producers: readonly ProducerState[]): Promise<void> {
    const sealed = this.#active;
    const summary = this.#index.summary(producers);
    const { position, sequence } = this.end;
    // A sealed segment is always synced: recovery looks for torn writes in the active segment only.
    await this.#file?.sync();
    await saveSummary(sealed.path, summary);
    const next = segmentFile(this.#options.folder, position, sequence);
    const file = await openForAppend(next.path);
    await syncFolder(this.#options.folder);
    await this.#file?.close();
    this.#file = file;
    this.#sealed.push({ ...sealed, size: summary.size, lastTimeMs: summary.lastTimeMs });
    this.#active = next;
    this.#index = new SegmentIndex(position, sequence);
  }

  /** Deletes the segments that are past the retention, oldest first. */
  async expire(nowMs: number): Promise<void> {
    const count = expiredCount(this.#sealed, this.#index.size, this.#options, nowMs);
    for (const segment of this.#sealed.splice(0, count)) {
      // The index goes first: a segment without one can be rebuilt, an index without a segment is litter.
      await rm(indexPathOf(segment.path), { force: true });
      await rm(segment.path, { force: true });
    }
  }

  /**
   * Some whole records from `position` on; none at the end. A position that has expired continues at the oldest record.
   * @throws CorruptLogError
   */
  async read(position: number, limitBytes: number): Promise<LogRecord[]> {
    const at = Math.max(position, this.begin.position);
    if (at >= this.end.position) return [];
    const segment = this.#segmentAt(at);
    try {
      return await readSegment(segment.file, at, segment.end, limitBytes);
    } catch (error) {
      const hasExpired = (error as NodeJS.ErrnoException).code === 'ENOENT' && this.begin.position > at;
      if (hasExpired) return this.read(position, limitBytes);
      throw error;
    }
  }

  #segmentAt(position: number): { file: SegmentFile; end: number } {
    const sealed = this.#sealed.findLast((segment) => segment.basePosition <= position);
    return sealed && position < sealed.basePosition + sealed.size
      ? { file: sealed, end: sealed.basePosition + sealed.size }
      : { file: this.#active, end: this.end.position };
  }

  /**
   * The first record that is not `before` the wanted place, or undefined when all are. `before` must hold for a first
   * part of the log and for nothing after it.
   */
  async find(
    before: (record: RecordHeader) => boolean,
    beforeEntry: (entry: IndexEntry) => boolean,
  ): Promise<LogRecord | undefined> {
    let position = this.begin.position;
    // The segment that holds the place is the last one whose first record comes before it.
    for (const segment of this.#sealed.toReversed()) {
      const summary = await summaryOf(segment, segment.size);
      const entry = lastEntryBefore(summary.entries, beforeEntry);
      if (!entry) continue;
      position = entry[0];
      break;
    }
    const own = lastEntryBefore(this.#index.entries, beforeEntry);
    if (own) position = own[0];
    for (;;) {
      const records = await this.read(position, INDEX_READ_BYTES);
      const last = records.at(-1);
      if (!last) return undefined;
      const found = records.find((record) => !before(record));
      if (found) return found;
      position = positionAfter(last);
    }
  }

  /** The last record before the active segment; undefined where nothing is sealed. */
  async lastSealedRecord(): Promise<LogRecord | undefined> {
    const newest = this.#sealed.at(-1);
    if (!newest) return undefined;
    const { entries } = await summaryOf(newest, newest.size);
    let last: LogRecord | undefined;
    for (let at = entries.at(-1)?.[0] ?? newest.basePosition; at < this.#active.basePosition;) {
      last = (await this.read(at, INDEX_READ_BYTES)).at(-1);
      if (!last) return undefined;
      at = positionAfter(last);
    }
    return last;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** What lies between two entries of an index fits into one read of this size, but for very long records. */
const INDEX_READ_BYTES = 131_072;

async function summaryOf(file: SegmentFile, size: number): Promise<SegmentSummary> {
  const saved = await loadSummary(file.path, size);
  if (saved) return saved;
  const index = new SegmentIndex(file.basePosition, file.baseSequence);
  for await (const record of scanSegment(file)) index.add(record);
  if (index.size !== size) throw new CorruptLogError(`${file.path} is damaged at byte ${index.size}`);
  const summary = index.summary([]);
  await saveSummary(file.path, summary);
  return summary;
}

/** Opened for reading and writing, and created where missing: positions are given, so it is not in append mode. */
async function openForAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return await open(path, 'w+');
  }
}

/** Makes a new file's name durable. Windows cannot sync a folder, and needs not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
