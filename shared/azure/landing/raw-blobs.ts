import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { ContainerClient } from '@azure/storage-blob';
import { messageOf, PermanentError, TransientError } from '../../errors.ts';
import type { HubGeneration } from '../hub/hub-generation.ts';
import { asOurError, isConflict, isNotFound } from '../sdk-errors.ts';

/**
 * Raw blobs: immutable NDJSON, gzipped, named by hub partition, generation of the hub and first sequence number, so
 * that names sort in the order of events and a hub that was created again never meets the names of its predecessor.
 * Before there were generations a name had none: such blobs sort first, and are read like all others.
 */
const SEQUENCE_DIGITS = 20;
/** Level 1 keeps up with the hub and still makes the data five times smaller. */
const GZIP_LEVEL = 1;
const gzipped = promisify(gzip);

export function rawBlobName(
  partition: string,
  generation: HubGeneration,
  firstSequenceNumber: number,
): string {
  return `${partition}/${generation}/${String(firstSequenceNumber).padStart(SEQUENCE_DIGITS, '0')}.ndjson.gz`;
}

/** The generation in a blob's name; undefined for a blob from before there were any. */
export function generationOfRawBlob(name: string): HubGeneration | undefined {
  const [, generation, file] = name.split('/');
  return file === undefined ? undefined : generation;
}

export interface RawBlobs {
  /**
   * Writes a blob that must not exist yet. @returns false where it exists: an earlier run wrote it and was cut short
   * before it moved its checkpoint. What it holds then counts, even if this run would have put more into it.
   */
  create(name: string, lines: readonly Buffer[]): Promise<boolean>;
  /**
   * The lines of a blob, without their line ends, a part at a time.
   * @throws PermanentError `raw-blob-gone` or `raw-blob-damaged`, which no repeat changes; TransientError
   */
  lines(name: string): AsyncIterable<string[]>;
  /** Names below a prefix, in order. */
  names(prefix: string): AsyncIterable<string>;
}

export function rawBlobs(container: ContainerClient): RawBlobs {
  return {
    async create(name, lines) {
      const content = await gzipped(Buffer.concat(lines), { level: GZIP_LEVEL });
      try {
        await container.getBlockBlobClient(name).upload(content, content.length, {
          conditions: { ifNoneMatch: '*' },
          blobHTTPHeaders: { blobContentType: 'application/x-ndjson', blobContentEncoding: 'gzip' },
        });
        return true;
      } catch (thrown) {
        if (isConflict(thrown)) return false;
        throw asOurError(thrown, `Writing ${name}`);
      }
    },
    lines: (name) => linesOf(container, name),
    async *names(prefix) {
      for await (const blob of container.listBlobsFlat({ prefix })) yield blob.name;
    },
  };
}

async function* linesOf(container: ContainerClient, name: string): AsyncGenerator<string[]> {
  try {
    const { readableStreamBody } = await container.getBlobClient(name).download();
    if (!readableStreamBody) throw new TransientError('azure-unavailable', `Reading ${name}: no content`);
    const text = readableStreamBody.pipe(createGunzip());
    readableStreamBody.on('error', (error) => text.destroy(error as Error));
    const decoder = new TextDecoder();
    let rest = '';
    let isEmpty = true;
    for await (const bytes of text as AsyncIterable<Buffer>) {
      isEmpty = false;
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
    rest += decoder.decode();
    // The last line ends with a line feed too. What follows it was cut off in the middle.
    if (isEmpty) throw new PermanentError('raw-blob-damaged', `Raw blob ${name} is empty`);
    if (rest !== '') throw new PermanentError('raw-blob-damaged', `Raw blob ${name} ends within a line`);
  } catch (thrown) {
    if (isNotFound(thrown))
      throw new PermanentError('raw-blob-gone', `Raw blob ${name} is gone`, { cause: thrown });
    if (isDamage(thrown))
      throw new PermanentError('raw-blob-damaged', `Raw blob ${name} is not whole: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    throw asOurError(thrown, `Reading ${name}`);
  }
}

/** What zlib says of bytes that are no gzip, or are cut short. */
function isDamage(thrown: unknown): boolean {
  const { code } = thrown as { readonly code?: unknown };
  return code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR';
}
