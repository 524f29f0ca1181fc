import { fnv1a } from '../../fnv1a.ts';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { storedAlerts, type Alert } from '../../alerts/alert.ts';
import type { LogEntry } from '../../one-effect/effect-log.ts';
import { FINGERPRINT_BYTES } from '../../pos/event-content.ts';
import { SEEN_ID_BYTES } from '../../one-effect/seen-ids.ts';
import { StoreState } from '../../one-effect/store-state.ts';
import { textOf, textProperties } from '../../row-text.ts';
import { markOfStored, storedMark, type StoredMark } from './stored-mark.ts';

/**
 * How a store's state is stored in table rows, all in the store's partition:
 *
 * | Row | Holds |
 * |---|---|
 * | `0-mark` | marks, header and counters; its ETag guards all the others, as every commit writes it |
 * | `bucket-NN` | records, spread by a hash of their key |
 * | `log-N`, `seen-N` | segments of recent effects and of seen event ids |
 * | `outbox-N` | alerts still to send, from the store's Nth on |
 *
 * The mark sorts first, so a read that spans pages sees it before the rows it guards.
 */
const MARK_ROW = '0-mark';
export const OUTBOX_PREFIX = 'outbox-';
const MAX_BUCKETS = 64;
const RECORDS_PER_BUCKET = 128;

export type TableRow = { partitionKey: string; rowKey: string } & Record<string, unknown>;

/**
 * A log entry as it is stored: an array, as there are many of them. Without scope and content (in base64) where an older
 * version stored it.
 */
type StoredEntry = readonly [
  key: string,
  rank: number,
  atMs: number,
  effect: unknown,
  scope?: string | undefined,
  content?: string | undefined,
  ...later: unknown[],
];

/** What the generic part must know of a kind of book. */
export interface BookShape<Item, Effect, Header> {
  newHeader(): Header;
  /** @throws for what is no such header. */
  decodeHeader(stored: unknown): Header;
  encode(item: Item): unknown;
  /** @throws for what is no such record. */
  decode(stored: unknown): Item;
  encodeEffect(effect: Effect): unknown;
  /** @throws for what is no such effect. */
  decodeEffect(stored: unknown): Effect;
}

export interface OutboxRow {
  readonly rowKey: string;
  readonly alerts: readonly Alert[];
}

/** A book, and what is needed to store its next change. */
export interface OpenBook<Item, Effect, Header> {
  readonly storeId: string;
  readonly book: StoreState<Item, Effect, Header>;
  /** Of the mark row; undefined before the first commit. */
  etag: string | undefined;
  /** The keys of the records by the bucket row that they lie in now. */
  buckets: Set<string>[];
  /** Segment rows that exist; what is in here and not in the book any more is to be deleted. */
  readonly segmentRows: Set<string>;
  /** Alerts that were committed and have not left yet. */
  readonly outbox: OutboxRow[];
}

/**
 * Small stores have few rows, large ones 64: each commit rewrites the buckets it touches, so they should neither
 * be many nor long. The number follows from the most records there ever were, and so never from how events were cut
 * into batches.
 */
export function bucketCount(mostRecords: number): number {
  let buckets = 1;
  while (buckets < MAX_BUCKETS && mostRecords > buckets * RECORDS_PER_BUCKET) buckets *= 2;
  return buckets;
}

/** Spreads even numbered products evenly. */
export function bucketOf(key: string, buckets: number): number {
  const hash = fnv1a(key);
  return ((hash ^ (hash >>> 15)) >>> 0) % buckets;
}

const bucketRowKey = (bucket: number): string => `bucket-${`${bucket}`.padStart(2, '0')}`;
export const seenRowKey = (segment: number): string => `seen-${numbered(segment)}`;
export const logRowKey = (segment: number): string => `log-${numbered(segment)}`;
const outboxRowKey = (firstAlert: number): string => `${OUTBOX_PREFIX}${numbered(firstAlert)}`;
const numbered = (value: number): string => `${value}`.padStart(10, '0');

export function markRow<Item, Effect, Header>(open: OpenBook<Item, Effect, Header>): TableRow {
  return row(open, MARK_ROW, textProperties(JSON.stringify(storedMark(open.book))));
}

/** Spreads keys over so many buckets. */
export function spread(keys: Iterable<string>, count: number): Set<string>[] {
  const buckets = Array.from({ length: count }, () => new Set<string>());
  for (const key of keys) buckets[bucketOf(key, count)]?.add(key);
  return buckets;
}

export function bucketRow<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  shape: BookShape<Item, Effect, Header>,
  bucket: number,
): TableRow {
  // Sorted, so the row does not depend on the order in which records first occurred.
  const keys = [...(open.buckets[bucket] ?? [])].sort();
  const items = keys.map((key) => [key, shape.encode(open.book.records.get(key) as Item)]);
  const text = JSON.stringify(items);
  if (text.length <= MAX_PLAIN_BUCKET_CHARS) return row(open, bucketRowKey(bucket), textProperties(text));
  // One event may touch all buckets, and a commit holds 4 MiB: positions become five times smaller.
  return row(open, bucketRowKey(bucket), { z: deflateRawSync(text, { level: 1 }) });
}

/**
 * Stores of up to some 20,000 products, and so nearly all, keep rows that a person can read. Packed, there is room for
 * some 180,000; an event that touches all of more is refused, and buried.
 */
const MAX_PLAIN_BUCKET_CHARS = 32_000;
/** What a bucket row holds. @throws for what is none. */
export const bucketRecords = (stored: TableRow): [key: string, record: unknown][] =>
  JSON.parse(bucketText(stored)) as [string, unknown][];

function bucketText(stored: TableRow): string {
  const packed = stored['z'];
  return packed instanceof Uint8Array ? inflateRawSync(packed).toString('utf8') : textOf(stored);
}

export function seenRow<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  number: number,
): TableRow | undefined {
  const segment = segmentNumbered(open.book.seen.segments, number);
  if (!segment) return undefined;
  return row(open, seenRowKey(number), {
    ids: segment.ids.subarray(0, segment.count * SEEN_ID_BYTES),
    contents: segment.contents.subarray(0, segment.count * FINGERPRINT_BYTES),
    t0: String(segment.newestReceivedAtMs),
  });
}

export function logRow<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  shape: BookShape<Item, Effect, Header>,
  number: number,
): TableRow | undefined {
  const segment = segmentNumbered(open.book.effects.segments, number);
  if (!segment) return undefined;
  const { weight, newestAtMs } = segment;
  const entries = segment.entries.map((entry) => storedEntry(entry, shape));
  return row(open, logRowKey(number), textProperties(JSON.stringify({ weight, newestAtMs, entries })));
}

const storedLogSchema = z.object({
  weight: z.int(),
  newestAtMs: z.number(),
  entries: z.array(
    z.tuple(
      [z.string(), z.number(), z.number(), z.unknown(), z.string().optional(), z.string().optional()],
      // What a later version appends is left out.
      z.unknown(),
    ),
  ),
});

function storedEntry<Item, Effect, Header>(
  { key, scope, content, rank, atMs, effect }: LogEntry<Effect>,
  shape: BookShape<Item, Effect, Header>,
): StoredEntry {
  const stored = shape.encodeEffect(effect);
  if (scope === undefined) return [key, rank, atMs, stored];
  if (content === undefined) return [key, rank, atMs, stored, scope];
  return [key, rank, atMs, stored, scope, Buffer.from(content, 'latin1').toString('base64')];
}

function entryOf<Item, Effect, Header>(
  [key, rank, atMs, effect, scope, content]: StoredEntry,
  shape: BookShape<Item, Effect, Header>,
): LogEntry<Effect> {
  return {
    key,
    scope,
    content: content === undefined ? undefined : Buffer.from(content, 'base64').toString('latin1'),
    rank,
    atMs,
    effect: shape.decodeEffect(effect),
  };
}

/** A row holds 1 MiB, two bytes a character; the rest is room for one more alert. */
const MAX_OUTBOX_CHARS = 400_000;

/** A count of a whole store may raise more alerts than one row takes. */
export function outboxRows<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  alerts: readonly Alert[],
): TableRow[] {
  const rows: TableRow[] = [];
  let number = open.book.tally.alerts - alerts.length;
  let texts: string[] = [];
  let chars = 0;
  const cut = (): void => {
    if (texts.length === 0) return;
    rows.push(row(open, outboxRowKey(number), textProperties(`[${texts.join(',')}]`)));
    number += texts.length;
    texts = [];
    chars = 0;
  };
  for (const alert of alerts) {
    const text = JSON.stringify(alert);
    if (chars + text.length > MAX_OUTBOX_CHARS) cut();
    texts.push(text);
    chars += text.length;
  }
  cut();
  return rows;
}

export function outboxOf(stored: TableRow): OutboxRow {
  return { rowKey: stored.rowKey, alerts: storedAlerts(JSON.parse(textOf(stored))) };
}

/** Segments have consecutive numbers. */
function segmentNumbered<Segment extends { number: number }>(
  segments: readonly Segment[],
  number: number,
): Segment | undefined {
  return segments[number - (segments[0]?.number ?? 0)];
}

function row(open: { storeId: string }, rowKey: string, properties: Record<string, unknown>): TableRow {
  return { partitionKey: open.storeId, rowKey, ...properties };
}

/** Builds the book from the rows of a store's partition, which are in the order of their keys. */
export function openBook<Item, Effect, Header>(
  storeId: string,
  rows: readonly (TableRow & { etag?: string })[],
  shape: BookShape<Item, Effect, Header>,
): OpenBook<Item, Effect, Header> {
  const first = rows[0];
  const mark =
    first?.rowKey === MARK_ROW
      ? markOfStored(textOf(first), (stored) => shape.decodeHeader(stored))
      : undefined;
  // Rows are only ever stored together with the mark.
  if (first && !mark) throw new SyntaxError(`Row ${first.rowKey} is there without the row ${MARK_ROW}`);
  const book = new StoreState<Item, Effect, Header>(mark ?? { header: shape.newHeader() });
  const open: OpenBook<Item, Effect, Header> = {
    storeId,
    book,
    etag: mark && first?.etag,
    buckets: [],
    segmentRows: new Set(),
    outbox: [],
  };
  if (mark) for (const stored of rows.slice(1)) takeRow(open, stored, mark, shape);
  open.buckets = spread(book.records.keys(), bucketCount(book.mostRecords));
  return open;
}

/** What bucket rows hold. @throws for what is none. */
export function recordsOfRows<Item, Effect, Header>(
  rows: readonly TableRow[],
  shape: Pick<BookShape<Item, Effect, Header>, 'decode'>,
): Map<string, Item> {
  const records = new Map<string, Item>();
  for (const stored of rows)
    for (const [key, item] of bucketRecords(stored)) records.set(key, shape.decode(item));
  return records;
}

function takeRow<Item, Effect, Header>(
  open: OpenBook<Item, Effect, Header>,
  stored: TableRow,
  mark: StoredMark<Header>,
  shape: BookShape<Item, Effect, Header>,
): void {
  const [kind, number] = [stored.rowKey.split('-')[0], Number(stored.rowKey.split('-')[1])];
  if (kind === 'bucket') {
    for (const [key, item] of recordsOfRows([stored], shape)) open.book.records.set(key, item);
  } else if (kind === 'outbox') {
    open.outbox.push(outboxOf(stored));
  } else if (kind === 'seen') {
    open.segmentRows.add(stored.rowKey);
    if (number >= mark.firstSeenSegment) {
      const [ids, contents] = [stored['ids'], stored['contents']] as [Uint8Array, Uint8Array | undefined];
      open.book.seen.restore(number, ids, contents ?? new Uint8Array(), Number(textOf(stored)));
    }
  } else if (kind === 'log') {
    open.segmentRows.add(stored.rowKey);
    if (number >= mark.firstLogSegment) {
      const segment = storedLogSchema.parse(JSON.parse(textOf(stored)));
      open.book.effects.restore({
        number,
        ...segment,
        entries: segment.entries.map((entry) => entryOf(entry, shape)),
      });
    }
  }
}
