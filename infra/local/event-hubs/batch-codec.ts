import {
  MalformedMessageError,
  SECTION,
  bytesAt,
  integerAt,
  mapAt,
  sectionAt,
  skipValue,
} from './amqp-walk.ts';

/** The message format of a batch: every data section of the message is a whole encoded message. */
export const BATCH_FORMAT = 0x80013700;

const PARTITION_KEY = 'x-opt-partition-key';
const PRODUCER_ID = 'com.microsoft:producer-id';
const PRODUCER_EPOCH = 'com.microsoft:producer-epoch';
const PRODUCER_SEQUENCE = 'com.microsoft:producer-sequence-number';
/** Annotations that only the endpoint may set: a sender's are dropped, so a forwarded event cannot lie. */
const SYSTEM_KEYS = new Set(['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time']);

/** How an idempotent producer numbered the first event of a batch. */
export interface ProducerStamp {
  readonly producerId: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** One encoded event, cut where the endpoint's annotations go. All three are views of the received bytes. */
export interface EncodedEvent {
  /** The header section, usually empty. */
  readonly header: Buffer;
  /** The entries of the sender's message annotations, without those that only the endpoint sets. */
  readonly annotations: Buffer;
  /** Keys and values in `annotations`, counted together. */
  readonly annotationCount: number;
  /** Everything after the annotations: properties and body. */
  readonly rest: Buffer;
}

export interface IncomingBatch {
  readonly events: readonly EncodedEvent[];
  readonly partitionKey: string | undefined;
  readonly stamp: ProducerStamp | undefined;
}

const NOTHING = Buffer.alloc(0);

interface Annotations {
  entries: Buffer;
  count: number;
  partitionKey: string | undefined;
  producerId: number | undefined;
  epoch: number | undefined;
  sequence: number | undefined;
}

const noAnnotations = (): Annotations => ({
  entries: NOTHING,
  count: 0,
  partitionKey: undefined,
  producerId: undefined,
  epoch: undefined,
  sequence: undefined,
});

/** Reads a message annotations map and leaves out what only the endpoint sets. */
function readAnnotations(bytes: Buffer, mapStart: number): Annotations {
  const { entriesAt, end, count } = mapAt(bytes, mapStart);
  const read = noAnnotations();
  const kept: Buffer[] = [];
  let keptFrom = entriesAt;
  let at = entriesAt;
  for (let i = 0; i < count; i += 2) {
    const valueAt = skipValue(bytes, at);
    const next = skipValue(bytes, valueAt);
    if (next > end) throw new MalformedMessageError('an annotation runs past the end of its map');
    const key = bytesAt(bytes, at)?.toString('latin1') ?? '';
    if (SYSTEM_KEYS.has(key)) {
      kept.push(bytes.subarray(keptFrom, at));
      keptFrom = next;
    } else {
      read.count += 2;
      if (key === PARTITION_KEY) read.partitionKey = bytesAt(bytes, valueAt)?.toString('utf8');
      else if (key === PRODUCER_ID) read.producerId = integerAt(bytes, valueAt);
      else if (key === PRODUCER_EPOCH) read.epoch = integerAt(bytes, valueAt);
      else if (key === PRODUCER_SEQUENCE) read.sequence = integerAt(bytes, valueAt);
    }
    at = next;
  }
  if (at !== end) throw new MalformedMessageError('a map holds more than it counts');
  const last = bytes.subarray(keptFrom, end);
  read.entries = kept.length === 0 ? last : Buffer.concat([...kept, last]);
  return read;
}

function readEvent(bytes: Buffer): { event: EncodedEvent; annotations: Annotations } {
  let at = 0;
  let header: Buffer = NOTHING;
  let annotations: Annotations | undefined;
  let restAt: number | undefined;
  while (at < bytes.length) {
    const { code, valueAt } = sectionAt(bytes, at);
    if (code < SECTION.header || code > SECTION.footer) throw new MalformedMessageError('an unknown section');
    const next = skipValue(bytes, valueAt);
    if (restAt === undefined) {
      if (code === SECTION.header) header = bytes.subarray(at, next);
      else if (code === SECTION.messageAnnotations) annotations = readAnnotations(bytes, valueAt);
      else if (code > SECTION.messageAnnotations) restAt = at;
    }
    at = next;
  }
  if (restAt === undefined) throw new MalformedMessageError('an event has no body');
  annotations ??= noAnnotations();
  const event = {
    header,
    annotations: annotations.entries,
    annotationCount: annotations.count,
    rest: bytes.subarray(restAt),
  };
  return { event, annotations };
}

const stampOf = (read: Annotations): ProducerStamp | undefined =>
  read.producerId === undefined || read.epoch === undefined || read.sequence === undefined
    ? undefined
    : { producerId: read.producerId, epoch: read.epoch, sequence: read.sequence };

/**
 * Cuts a received transfer into events without decoding a body.
 * @param format the transfer's message format: BATCH_FORMAT, or anything else for a single event.
 * @throws MalformedMessageError when the bytes are no AMQP message; nothing of it may then be stored.
 */
export function readBatch(bytes: Buffer, format: number): IncomingBatch {
  if (format !== BATCH_FORMAT) {
    const { event, annotations } = readEvent(bytes);
    return { events: [event], partitionKey: annotations.partitionKey, stamp: stampOf(annotations) };
  }
  const events: EncodedEvent[] = [];
  let envelope = noAnnotations();
  let stamp: ProducerStamp | undefined;
  for (let at = 0; at < bytes.length;) {
    const { code, valueAt } = sectionAt(bytes, at);
    at = skipValue(bytes, valueAt);
    if (code === SECTION.messageAnnotations) envelope = readAnnotations(bytes, valueAt);
    if (code !== SECTION.data) continue;
    const inner = bytesAt(bytes, valueAt);
    if (inner === undefined) throw new MalformedMessageError('a data section is not binary');
    const { event, annotations } = readEvent(inner);
    if (events.length === 0) stamp = stampOf(annotations);
    events.push(withPartitionKey(event, annotations.partitionKey, envelope.partitionKey));
  }
  if (events.length === 0) throw new MalformedMessageError('a batch has no events');
  return { events, partitionKey: envelope.partitionKey, stamp: stamp ?? stampOf(envelope) };
}

/** A key that a sender put only on the envelope belongs to every event of the batch. */
function withPartitionKey(
  event: EncodedEvent,
  own: string | undefined,
  shared: string | undefined,
): EncodedEvent {
  if (own !== undefined || shared === undefined) return event;
  const annotations = Buffer.concat([event.annotations, symbol(PARTITION_KEY), string(shared)]);
  return { ...event, annotations, annotationCount: event.annotationCount + 2 };
}

function symbol(name: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, name.length]), Buffer.from(name, 'latin1')]);
}

function string(text: string): Buffer {
  const utf8 = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(5, 0xb1);
  head.writeUInt32BE(utf8.length, 1);
  return Buffer.concat([head, utf8]);
}

// The endpoint's own annotations: all but the offset have a fixed width, so they are a template with holes.
const ANNOTATIONS_HEAD = Buffer.from([0x00, 0x53, SECTION.messageAnnotations, 0xd1, 0, 0, 0, 0, 0, 0, 0, 0]);
const SIZE_AT = 4;
const COUNT_AT = 8;
const TEMPLATE = Buffer.concat([
  ANNOTATIONS_HEAD,
  symbol('x-opt-sequence-number'),
  Buffer.from([0x81, 0, 0, 0, 0, 0, 0, 0, 0]),
  symbol('x-opt-enqueued-time'),
  Buffer.from([0x83, 0, 0, 0, 0, 0, 0, 0, 0]),
  symbol('x-opt-offset'),
  Buffer.from([0xa1, 0]),
]);
const SEQUENCE_AT = ANNOTATIONS_HEAD.length + symbol('x-opt-sequence-number').length + 1;
const TIME_AT = SEQUENCE_AT + 8 + symbol('x-opt-enqueued-time').length + 1;
const OWN_ANNOTATION_COUNT = 6;
const UINT32 = 0x1_0000_0000;

/** Size in bytes of the event once annotated with this offset. */
export function annotatedSize(event: EncodedEvent, offset: string): number {
  return event.header.length + TEMPLATE.length + offset.length + event.annotations.length + event.rest.length;
}

/**
 * Writes the event with its place in the partition spliced in, as consumers will receive it.
 * @returns the position after it.
 */
export function writeAnnotated(
  into: Buffer,
  at: number,
  event: EncodedEvent,
  place: { sequenceNumber: number; offset: string; enqueuedTimeMs: number },
): number {
  const start = at + event.header.copy(into, at);
  TEMPLATE.copy(into, start);
  const mapSize = TEMPLATE.length - COUNT_AT + place.offset.length + event.annotations.length;
  into.writeUInt32BE(mapSize, start + SIZE_AT);
  into.writeUInt32BE(OWN_ANNOTATION_COUNT + event.annotationCount, start + COUNT_AT);
  writeUint64(into, start + SEQUENCE_AT, place.sequenceNumber);
  writeUint64(into, start + TIME_AT, place.enqueuedTimeMs);
  let next = start + TEMPLATE.length;
  into[next - 1] = place.offset.length;
  next += into.write(place.offset, next, 'latin1');
  next += event.annotations.copy(into, next);
  return next + event.rest.copy(into, next);
}

/** Writes a non-negative safe integer as eight bytes, big-endian. */
export function writeUint64(into: Buffer, at: number, value: number): void {
  into.writeUInt32BE(Math.floor(value / UINT32), at);
  into.writeUInt32BE(value % UINT32, at + 4);
}

export function readUint64(from: Buffer, at: number): number {
  return from.readUInt32BE(at) * UINT32 + from.readUInt32BE(at + 4);
}

/** What a consumer with `trackLastEnqueuedEventProperties` sees of its partition with every event. */
export interface RuntimeMetrics {
  readonly lastSequenceNumber: number;
  readonly lastOffset: string;
  readonly lastEnqueuedTimeMs: number;
  readonly retrievedAtMs: number;
}

const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(9, 0x81);
  bytes.writeBigInt64BE(BigInt(value), 1);
  return bytes;
};
const timestamp = (epochMs: number): Buffer => {
  const bytes = Buffer.alloc(9, 0x83);
  bytes.writeBigInt64BE(BigInt(epochMs), 1);
  return bytes;
};

/** The delivery annotations section that carries the metrics. */
export function encodeRuntimeMetrics(metrics: RuntimeMetrics): Buffer {
  const entries = Buffer.concat([
    symbol('last_enqueued_sequence_number'),
    long(metrics.lastSequenceNumber),
    symbol('last_enqueued_offset'),
    string(metrics.lastOffset),
    symbol('last_enqueued_time_utc'),
    timestamp(metrics.lastEnqueuedTimeMs),
    symbol('runtime_info_retrieval_time_utc'),
    timestamp(metrics.retrievedAtMs),
  ]);
  const head = Buffer.from([0x00, 0x53, SECTION.deliveryAnnotations, 0xd1, 0, 0, 0, 0, 0, 0, 0, 8]);
  head.writeUInt32BE(entries.length + 4, SIZE_AT);
  return Buffer.concat([head, entries]);
}

/** Puts a delivery annotations section where it belongs: after the header, before the message annotations. */
export function withDeliveryAnnotations(event: Buffer, section: Buffer): Buffer {
  const { code, valueAt } = sectionAt(event, 0);
  const at = code === SECTION.header ? skipValue(event, valueAt) : 0;
  return Buffer.concat([event.subarray(0, at), section, event.subarray(at)]);
}
