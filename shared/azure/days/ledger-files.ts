import type { ContainerClient } from '@azure/storage-blob';
import type { LedgerRow } from '../../ledger/ledger-row.ts';
import { privateRow } from '../../ledger/private-row.ts';
import { readLedgerCsv } from '../../ledger/sources/files/read-csv.ts';
import type { Pseudonymise } from '../../privacy/pseudonym.ts';
import { TransientError } from '../../errors.ts';
import { asOurError, isNotFound } from '../sdk-errors.ts';

/** The CSV files of the container `ledger`. */
export interface LedgerFiles {
  /** Every file that ends in .csv; `modifiedAt` is an instant, where storage says it. */
  list(): Promise<{ name: string; etag: string; modifiedAt?: string | undefined }[]>;
  /** Rows and row errors as they come, without card numbers; nothing when the file is gone. @throws TransientError */
  rows(name: string): AsyncIterable<LedgerRow>;
}

/** @param pseudonyms those by which events name what looks like a card number in an id */
export function ledgerFiles(
  container: ContainerClient,
  pseudonyms: () => Promise<Pseudonymise>,
): LedgerFiles {
  return {
    async list() {
      const files: { name: string; etag: string; modifiedAt: string | undefined }[] = [];
      try {
        for await (const blob of container.listBlobsFlat()) {
          if (blob.name.toLowerCase().endsWith('.csv'))
            files.push({
              name: blob.name,
              etag: blob.properties.etag,
              modifiedAt: blob.properties.lastModified?.toISOString(),
            });
        }
      } catch (thrown) {
        throw asOurError(thrown, 'Listing ledger files');
      }
      return files;
    },
    async *rows(name) {
      try {
        const { readableStreamBody } = await container.getBlobClient(name).download();
        if (!readableStreamBody) throw new TransientError('azure-unavailable', `Reading ${name}: no content`);
        const content = readableStreamBody as unknown as AsyncIterable<Uint8Array>;
        const pseudonymise = await pseudonyms();
        for await (const row of readLedgerCsv(name, content)) yield privateRow(row, pseudonymise);
      } catch (thrown) {
        if (isNotFound(thrown)) return;
        throw asOurError(thrown, `Reading ledger file ${name}`);
      }
    },
  };
}
