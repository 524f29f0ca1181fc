import { crc32 } from 'node:zlib';
import type { EncodedEvent, ProducerStamp } from './batch-codec.ts';
import { annotatedSize, readUint64, writeAnnotated, writeUint64 } from './batch-codec.ts';

/**
 * The unit of storage: one record holds one batch, so a batch is there whole or not at all. Numbers are
 * big-endian.
 *
 * | at | bytes | |
 * |---|---|---|
 * | 0 | 4 | magic |
 * | 4 | 4 | length of the body |
 * | 8 | 4 | CRC-32 of everything after it |
 * | 12 | 4 | number of events |
 * | 16 | 8 | sequence number of the first event |
 * | 24 | 8 | position of this record in the partition's log |
 * | 32 | 8 | enqueued time, epoch milliseconds |
 * | 40 | 8 | id of the idempotent producer, 0 for none |
 * | 48 | 4 | its epoch |
 * | 52 | 4 | its sequence number of the first event |
 *
 * The body is, for each event, four bytes of length and the encoded message as consumers receive it. An event's
 * offset is the position of its length in the partition's log: it only grows, and it is where the event lies.
 */
export const RECORD_HEADER_BYTES = 56;
const LENGTH_BYTES = 4;
const MAGIC = 0x54534c31;
const CRC_AT = 8;
const CRC_FROM = 12;

export interface RecordHeader {
  readonly bodyBytes: number;
  readonly count: number;
  readonly firstSequence: number;
  /** Where the record starts in the partition's log. */
  readonly position: number;
  readonly enqueuedTimeMs: number;
  readonly stamp: ProducerStamp | undefined;
}

export interface LogRecord extends RecordHeader {
  readonly body: Buffer;
}

export const recordBytes = (header: RecordHeader): number => RECORD_HEADER_BYTES + header.bodyBytes;
/** Position after the record: where the next one starts. */
export const positionAfter = (header: RecordHeader): number => header.position + recordBytes(header);

export interface RecordPlace {
  readonly position: number;
  readonly firstSequence: number;
  readonly enqueuedTimeMs: number;
}

/** Encodes a batch as the record that belongs at `place`. */
export function encodeRecord(
  events: readonly EncodedEvent[],
  stamp: ProducerStamp | undefined,
  place: RecordPlace,
): Buffer {
  const offsets: string[] = [];
  let size = RECORD_HEADER_BYTES;
  for (const event of events) {
    const offset = String(place.position + size);
    offsets.push(offset);
    size += LENGTH_BYTES + annotatedSize(event, offset);
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(size - RECORD_HEADER_BYTES, 4);
  bytes.writeUInt32BE(events.length, 12);
  writeUint64(bytes, 16, place.firstSequence);
  writeUint64(bytes, 24, place.position);
  writeUint64(bytes, 32, place.enqueuedTimeMs);
  writeUint64(bytes, 40, stamp?.producerId ?? 0);
  bytes.writeInt32BE(stamp?.epoch ?? 0, 48);
  bytes.writeInt32BE(stamp?.sequence ?? 0, 52);
  let at = RECORD_HEADER_BYTES;
  for (const [i, event] of events.entries()) {
    const sequenceNumber = place.firstSequence + i;
    const offset = offsets[i] ?? '';
    const end = writeAnnotated(bytes, at + LENGTH_BYTES, event, {
      sequenceNumber,
      offset,
      enqueuedTimeMs: place.enqueuedTimeMs,
    });
    bytes.writeUInt32BE(end - at - LENGTH_BYTES, at);
    at = end;
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(CRC_FROM)), CRC_AT);
  return bytes;
}

/** The header at `at`, or undefined where no header stands or too few bytes are left for one. Does not check the CRC. */
export function readHeader(bytes: Buffer, at: number): RecordHeader | undefined {
  if (at + RECORD_HEADER_BYTES > bytes.length || bytes.readUInt32BE(at) !== MAGIC) return undefined;
  const producerId = readUint64(bytes, at + 40);
  return {
    bodyBytes: bytes.readUInt32BE(at + 4),
    count: bytes.readUInt32BE(at + 12),
    firstSequence: readUint64(bytes, at + 16),
    position: readUint64(bytes, at + 24),
    enqueuedTimeMs: readUint64(bytes, at + 32),
    stamp:
      producerId === 0
        ? undefined
        : { producerId, epoch: bytes.readInt32BE(at + 48), sequence: bytes.readInt32BE(at + 52) },
  };
}

/** The record at `at` if it is whole and its CRC holds; undefined otherwise. */
export function readRecord(bytes: Buffer, at: number): LogRecord | undefined {
  const header = readHeader(bytes, at);
  if (!header) return undefined;
  const end = at + recordBytes(header);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + CRC_FROM, end)) !== bytes.readUInt32BE(at + CRC_AT)) return undefined;
  return { ...header, body: bytes.subarray(at + RECORD_HEADER_BYTES, end) };
}

/** The encoded events of a record, in order, from the event with sequence number `from` on. */
export function eventsOf(record: LogRecord, from: number = record.firstSequence): Buffer[] {
  const events: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < record.count; i++) {
    const start = at + LENGTH_BYTES;
    at = start + record.body.readUInt32BE(at);
    if (record.firstSequence + i >= from) events.push(record.body.subarray(start, at));
  }
  return events;
}

/** The offset of each event of a record. */
export function offsetsOf(record: LogRecord): number[] {
  const offsets: number[] = [];
  for (let i = 0, at = 0; i < record.count; i++) {
    offsets.push(record.position + RECORD_HEADER_BYTES + at);
    at += LENGTH_BYTES + record.body.readUInt32BE(at);
  }
  return offsets;
}
