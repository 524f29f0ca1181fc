import type { ContainerClient } from '@azure/storage-blob';
import type { BusinessDate, StoreId } from '../ids.ts';
import { asOurError } from './sdk-errors.ts';

/** Where the case files of a store's cashiers lie after a business date has ended. Written again, the same days give the same file. */
const caseFileName = (storeId: StoreId, date: BusinessDate): string =>
  `case-files/${encodeURIComponent(storeId)}/${date}.json`;

export type KeepCases = (storeId: StoreId, date: BusinessDate, content: unknown) => Promise<void>;

/** @returns what writes a case file. @throws TransientError */
export function caseFiles(container: ContainerClient): KeepCases {
  return async (storeId, date, content) => {
    const text = JSON.stringify(content);
    try {
      await container.getBlockBlobClient(caseFileName(storeId, date)).upload(text, Buffer.byteLength(text), {
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
    } catch (thrown) {
      throw asOurError(thrown, `Writing the case files of store ${storeId}`);
    }
  };
}
