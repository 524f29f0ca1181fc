import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogRecord } from './record.ts';
import { RECORD_HEADER_BYTES, positionAfter, readHeader, readRecord, recordBytes } from './record.ts';

/** How much a read takes from a file at once: it bounds the memory of a reader, however long the backlog. */
export const READ_BYTES = 524_288;
const SCAN_BYTES = 1_048_576;
const DIGITS = 16;

/** A file of records. Its name says at which log position and sequence number it begins. */
export interface SegmentFile {
  readonly path: string;
  readonly basePosition: number;
  readonly baseSequence: number;
}

/** What is stored can no longer be read: someone should look at the file before anything is deleted. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';
}

export function segmentFile(folder: string, basePosition: number, baseSequence: number): SegmentFile {
  const digits = (value: number): string => String(value).padStart(DIGITS, '0');
  return {
    path: join(folder, `${digits(basePosition)}-${digits(baseSequence)}.log`),
    basePosition,
    baseSequence,
  };
}

/** The segments of a partition's folder, oldest first. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const segments: SegmentFile[] = [];
  for (const name of await readdir(folder)) {
    const [, position, sequence] = /^(\d+)-(\d+)\.log$/.exec(name) ?? [];
    if (position === undefined) continue;
    segments.push({
      path: join(folder, name),
      basePosition: Number(position),
      baseSequence: Number(sequence),
    });
  }
  return segments.sort((a, b) => a.basePosition - b.basePosition);
}

/** Fills a buffer of up to `length` bytes from `at`; shorter at the end of the file. */
async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** A record belongs where it stands: anything else is a leftover of other content. */
const standsAt = (record: LogRecord, position: number, sequence: number | undefined): boolean =>
  record.position === position && (sequence === undefined || record.firstSequence === sequence);

/**
 * Reads a file from its start and yields every record up to the first that is torn, damaged or out of place.
 * Memory is bounded by one read and one record.
 */
export async function* scanSegment(segment: SegmentFile): AsyncGenerator<LogRecord, void, void> {
  const file = await open(segment.path, 'r');
  try {
    let position = segment.basePosition;
    let sequence = segment.baseSequence;
    let wanted = SCAN_BYTES;
    for (;;) {
      const bytes = await readAt(file, position - segment.basePosition, wanted);
      let at = 0;
      let record = readRecord(bytes, at);
      while (record && standsAt(record, position, sequence)) {
        yield record;
        at += recordBytes(record);
        position = positionAfter(record);
        sequence = record.firstSequence + record.count;
        record = readRecord(bytes, at);
      }
      // Nothing whole in a full read: either the record is longer than the read, or the log ends here.
      const header = at === 0 ? readHeader(bytes, 0) : undefined;
      if (at === 0 && (!header || recordBytes(header) <= wanted)) return;
      if (at === 0 && bytes.length < wanted) return;
      wanted = header ? recordBytes(header) : SCAN_BYTES;
    }
  } finally {
    await file.close();
  }
}

/**
 * The whole records from `position` on: as many as one read holds, at least one.
 * @param end log position up to which the segment is committed.
 * @throws CorruptLogError when a committed record is damaged.
 */
export async function readSegment(
  segment: SegmentFile,
  position: number,
  end: number,
  limitBytes: number = READ_BYTES,
): Promise<LogRecord[]> {
  const file = await open(segment.path, 'r');
  try {
    const at = position - segment.basePosition;
    let bytes = await readAt(file, at, Math.min(limitBytes, end - position));
    const header = readHeader(bytes, 0);
    if (header && recordBytes(header) > bytes.length && position + recordBytes(header) <= end)
      bytes = await readAt(file, at, recordBytes(header));
    const records: LogRecord[] = [];
    let next = position;
    while (next < end) {
      const record = readRecord(bytes, next - position);
      if (record && standsAt(record, next, undefined)) {
        records.push(record);
        next = positionAfter(record);
        continue;
      }
      const cut = readHeader(bytes, next - position);
      const isCutOff =
        records.length > 0 &&
        (bytes.length - (next - position) < RECORD_HEADER_BYTES ||
          (cut !== undefined && next - position + recordBytes(cut) > bytes.length));
      if (isCutOff) break;
      throw new CorruptLogError(`${segment.path} is damaged at byte ${next - segment.basePosition}`);
    }
    return records;
  } finally {
    await file.close();
  }
}
