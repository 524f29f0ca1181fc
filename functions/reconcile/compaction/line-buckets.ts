import { createReadStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fnv1a } from '../../../shared/fnv1a.ts';
import { parseRawLine } from '../../../shared/pos/landing-line.ts';

/** Characters that a bucket holds before they are written. */
const HELD_CHARACTERS = 64 * 1024;

interface Bucket {
  held: string;
  /** Opened with the first write; the last write, after which the next one may begin. */
  file: Promise<FileHandle> | undefined;
  written: Promise<unknown>;
}

/**
 * Divides raw lines by store into files, without parsing them, so that one part of the stores at a time fits into memory.
 */
export class LineBuckets {
  readonly #folder: string;
  readonly #buckets: readonly Bucket[];

  constructor(folder: string, buckets: number) {
    this.#folder = folder;
    this.#buckets = Array.from({ length: buckets }, () => ({
      held: '',
      file: undefined,
      written: Promise.resolve(),
    }));
  }

  /** @returns what has to be awaited, if anything, before more is added. */
  add(line: string): Promise<unknown> | undefined {
    const number = fnv1a(storeIn(line)) % this.#buckets.length;
    const bucket = this.#buckets[number] as Bucket;
    bucket.held += `${line}\n`;
    return bucket.held.length >= HELD_CHARACTERS ? this.#write(bucket, number) : undefined;
  }

  #write(bucket: Bucket, number: number): Promise<unknown> {
    // Taken before anything is awaited: other lines may come meanwhile, and must come after these.
    const { held } = bucket;
    bucket.held = '';
    if (held === '') return bucket.written;
    const file = (bucket.file ??= open(this.#path(number), 'w'));
    bucket.written = bucket.written.then(async () => (await file).appendFile(held));
    return bucket.written;
  }

  #path(number: number): string {
    return join(this.#folder, `bucket-${number}.ndjson`);
  }

  /** No more lines come. */
  async close(): Promise<void> {
    for (const [number, bucket] of this.#buckets.entries()) {
      await this.#write(bucket, number);
      await (await bucket.file)?.close();
    }
  }

  /** The lines of a bucket, a part at a time; its file is removed after it was read. */
  async *lines(number: number): AsyncGenerator<string[]> {
    if (!this.#buckets[number]?.file) return;
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of createReadStream(this.#path(number)) as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
    await rm(this.#path(number));
  }
}

const STORE = '"storeId":"';

/**
 * The store of a raw line. Within a text of JSON a quotation mark is escaped, so what looks like the field is one; where
 * there is one alone, and its value has no escapes, nothing has to be parsed.
 */
export function storeIn(line: string): string {
  const at = line.indexOf(STORE);
  if (at !== -1 && line.indexOf(STORE, at + STORE.length) === -1) {
    const from = at + STORE.length;
    const text = line.slice(from, line.indexOf('"', from));
    if (!text.includes('\\') && isOfEvent(line, at)) return text;
  }
  return parseRawLine(line).event?.storeId ?? '';
}

/** The field stands in the event itself, before anything nested: no brace or bracket opens between. */
function isOfEvent(line: string, at: number): boolean {
  const event = line.indexOf('"event":{');
  if (event === -1 || event > at) return false;
  const before = line.slice(event + '"event":{'.length, at);
  return !before.includes('{') && !before.includes('[');
}
