import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { ContainerClient } from '@azure/storage-blob';
import { TransientError } from '../../errors.ts';
import { asOurError, isConflict } from '../sdk-errors.ts';

/**
 * Raw blobs: immutable NDJSON, gzipped, named by hub partition and first sequence number, so that names sort in the
 * order of events.
 */
const SEQUENCE_DIGITS = 20;
/** Level 1 keeps up with the hub and still makes the data five times smaller. */
const GZIP_LEVEL = 1;
const gzipped = promisify(gzip);

export function rawBlobName(partition: string, firstSequenceNumber: number): string {
  return `${partition}/${String(firstSequenceNumber).padStart(SEQUENCE_DIGITS, '0')}.ndjson.gz`;
}

export interface RawBlobs {
  /**
   * Writes a blob that must not exist yet. @returns false where it exists: an earlier run wrote it and was cut short
   * before it moved its checkpoint. What it holds then counts, even if this run would have put more into it.
   */
  create(name: string, lines: readonly Buffer[]): Promise<boolean>;
  /** The lines of a blob, without their line ends, a part at a time. @throws TransientError */
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
    for await (const bytes of text as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
  } catch (thrown) {
    throw asOurError(thrown, `Reading ${name}`);
  }
}
