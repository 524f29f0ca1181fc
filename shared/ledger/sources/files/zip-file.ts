import { crc32 } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { messageOf } from '../../../errors.ts';
import { UnreadableFile } from './unreadable-file.ts';

/** A package beyond this is held in memory by no instance; export it in parts. */
export const MAX_ZIP_BYTES = 256 * 1024 * 1024;
const MAX_ENTRY_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_ENTRIES = 10_000;

export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string;
  readonly content: () => AsyncIterable<Uint8Array>;
}

/**
 * The files of a zip, each of them read once to its end to see that nothing of it is damaged: of a torn package nothing
 * is used, as half a file would look like a ledger that lacks postings.
 * @throws UnreadableFile
 */
export async function zipEntries(bytes: Buffer): Promise<ZipEntry[]> {
  let zip: ZipFile;
  try {
    zip = await fromBufferPromise(bytes, { lazyEntries: true });
  } catch (cause) {
    throw new UnreadableFile(
      `is not a complete zip file, as after an interrupted upload (${messageOf(cause)})`,
      { cause },
    );
  }
  const entries: ZipEntry[] = [];
  for await (const entry of faultsOf(zip.eachEntry())) {
    if (entry.fileName.endsWith('/')) continue;
    if (entries.length >= MAX_ENTRIES) throw new UnreadableFile(`holds more than ${MAX_ENTRIES} files`);
    if (entry.uncompressedSize > MAX_ENTRY_BYTES)
      throw new UnreadableFile(`holds ${entry.fileName} of more than ${MAX_ENTRY_BYTES} bytes`);
    const found = { name: entry.fileName, content: () => contentOf(zip, entry) };
    await check(entry, found);
    entries.push(found);
  }
  return entries;
}

async function check(entry: Entry, { name, content }: ZipEntry): Promise<void> {
  let sum = 0;
  for await (const chunk of content()) sum = crc32(chunk, sum);
  if (sum !== entry.crc32)
    throw new UnreadableFile(`is damaged: ${name} within it has another checksum than the zip says`);
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  try {
    yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new UnreadableFile(
      `is damaged: ${entry.fileName} within it cannot be unpacked (${messageOf(cause)})`,
      { cause },
    );
  }
}

async function* faultsOf<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<T>;
    try {
      next = await iterator.next();
    } catch (cause) {
      throw new UnreadableFile(`is not a complete zip file (${messageOf(cause)})`, { cause });
    }
    if (next.done === true) return;
    yield next.value;
  }
}
