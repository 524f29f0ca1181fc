import type { ContainerClient } from '@azure/storage-blob';
import { TransientError } from '../../errors.ts';
import type { LedgerSource } from '../../ledger/ledger-source.ts';
import { privateRow } from '../../ledger/private-row.ts';
import type { StoredFile } from '../../ledger/sources/files/file-copies.ts';
import type { LedgerFileStore } from '../../ledger/sources/files/file-source.ts';
import type { Pseudonymise } from '../../privacy/pseudonym.ts';
import { asOurError, isNotFound } from '../sdk-errors.ts';

/** The blobs of the container `ledger`. */
export function ledgerFileStore(container: ContainerClient): LedgerFileStore {
  return {
    async list() {
      const files: StoredFile[] = [];
      try {
        for await (const { name, properties } of container.listBlobsFlat()) {
          const { etag, contentLength = 0, contentMD5, lastModified } = properties;
          files.push({
            name,
            etag,
            bytes: contentLength,
            md5: contentMD5 && Buffer.from(contentMD5).toString('hex'),
            modifiedAt: lastModified?.toISOString(),
          });
        }
      } catch (thrown) {
        throw asOurError(thrown, 'Listing ledger files');
      }
      return files;
    },
    async open(name) {
      try {
        const { readableStreamBody } = await container.getBlobClient(name).download();
        if (!readableStreamBody) throw new TransientError('azure-unavailable', `Reading ${name}: no content`);
        return chunksOf(name, readableStreamBody as unknown as AsyncIterable<Uint8Array>);
      } catch (thrown) {
        if (isNotFound(thrown)) return undefined;
        throw asOurError(thrown, `Reading ledger file ${name}`);
      }
    },
  };
}

async function* chunksOf(name: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (thrown) {
    throw asOurError(thrown, `Reading ledger file ${name}`);
  }
}

/**
 * A ledger without card numbers.
 * @param pseudonyms those by which events name what looks like a card number in an id
 */
export function withoutCardNumbers(
  source: LedgerSource,
  pseudonyms: () => Promise<Pseudonymise>,
): LedgerSource {
  return {
    list: () => source.list(),
    async *rows(name) {
      const pseudonymise = await pseudonyms();
      for await (const row of source.rows(name)) yield privateRow(row, pseudonymise);
    },
  };
}
