import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ContainerClient } from '@azure/storage-blob';
import { TransientError } from '../../errors.ts';
import { compactedStoreLine, compactedStoreOf, type CompactedStore } from '../../lake/compacted-store.ts';
import { manifestOf, type Manifest } from '../../lake/manifest.ts';
import type { DayPart } from '../duckdb/day-parquet.ts';
import { asOurError, isConflict, isNotFound } from '../sdk-errors.ts';

const zipped = promisify(gzip);
const unzipped = promisify(gunzip);

interface StoredManifest {
  /** Undefined where there is none, or none that this version reads. */
  readonly manifest: Manifest | undefined;
  /** To be named on replacing it; undefined where there is none. */
  readonly etag: string | undefined;
}

/** Compacted business dates: the folders `days/<date>` of the container `lake`. */
export interface CompactedDays {
  manifest(businessDate: string): Promise<StoredManifest>;
  /** Uploads a part's files. @returns their names within the folder. */
  putPart(folder: string, part: DayPart, number: number): Promise<Manifest['parts'][number]>;
  /** Names of the raw blobs that the folder covers. */
  putCovered(folder: string, names: readonly string[]): Promise<void>;
  /** @returns false where another run has replaced it since `etag`. */
  putManifest(manifest: Manifest, etag: string | undefined): Promise<boolean>;
  /** Removes what neither this manifest nor the one before names, and no reader uses any more. */
  removeOthers(businessDate: string, keep: readonly string[]): Promise<void>;
  /** Downloads a file of a folder. @throws TransientError where it is gone: the date was compacted again. */
  download(folder: string, file: string, to: string): Promise<void>;
  stores(folder: string, file: string): Promise<CompactedStore[]>;
}

const manifestName = (businessDate: string): string => `days/${businessDate}/manifest.json`;

export function compactedDays(container: ContainerClient): CompactedDays {
  const upload = async (name: string, content: Buffer, contentType: string): Promise<void> => {
    try {
      await container
        .getBlockBlobClient(name)
        .upload(content, content.length, { blobHTTPHeaders: { blobContentType: contentType } });
    } catch (thrown) {
      throw asOurError(thrown, `Writing ${name}`);
    }
  };
  return {
    async manifest(businessDate) {
      try {
        const blob = await container.getBlobClient(manifestName(businessDate)).download();
        const chunks: Buffer[] = [];
        for await (const chunk of blob.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        return { manifest: manifestOf(Buffer.concat(chunks).toString('utf8')), etag: blob.etag };
      } catch (thrown) {
        if (isNotFound(thrown)) return { manifest: undefined, etag: undefined };
        throw asOurError(thrown, `Reading the manifest of ${businessDate}`);
      }
    },
    async putPart(folder, { files, stores }, number) {
      const names: Record<string, string> = {};
      for (const [table, path] of Object.entries(files)) {
        names[table] = `${table}-${number}.parquet`;
        try {
          await container.getBlockBlobClient(`${folder}/${names[table]}`).uploadFile(path);
        } catch (thrown) {
          throw asOurError(thrown, `Writing ${folder}/${names[table]}`);
        }
      }
      const storeFile = `stores-${number}.ndjson.gz`;
      const lines = await zipped(stores.map(compactedStoreLine).join(''));
      await upload(`${folder}/${storeFile}`, lines, 'application/x-ndjson');
      return { stores: stores.map(({ storeId }) => storeId), files: names, storeFile };
    },
    async putCovered(folder, names) {
      await upload(`${folder}/covers.txt.gz`, await zipped(names.join('\n')), 'text/plain');
    },
    putManifest: (manifest, etag) => putManifest(container, manifest, etag),
    removeOthers: (businessDate, keep) => removeOthers(container, businessDate, keep),
    async download(folder, file, to) {
      await downloadFile(container, `${folder}/${file}`, join(to, file));
    },
    async stores(folder, file) {
      try {
        const content = await container.getBlobClient(`${folder}/${file}`).downloadToBuffer();
        const text = (await unzipped(content)).toString('utf8');
        return text.split('\n').flatMap((line) => (line === '' ? [] : [compactedStoreOf(line)]));
      } catch (thrown) {
        throw asOurError(thrown, `Reading ${folder}/${file}`);
      }
    },
  };
}

/** @throws TransientError `lake-file-gone`, `azure-unavailable` */
export async function downloadFile(container: ContainerClient, name: string, path: string): Promise<void> {
  try {
    await container.getBlobClient(name).downloadToFile(path);
  } catch (thrown) {
    if (isNotFound(thrown))
      throw new TransientError('lake-file-gone', `${name} is gone: it was written again`, { cause: thrown });
    throw asOurError(thrown, `Reading ${name}`);
  }
}

async function putManifest(
  container: ContainerClient,
  manifest: Manifest,
  etag: string | undefined,
): Promise<boolean> {
  const content = JSON.stringify(manifest);
  try {
    await container
      .getBlockBlobClient(manifestName(manifest.businessDate))
      .upload(content, Buffer.byteLength(content), {
        conditions: etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag },
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
    return true;
  } catch (thrown) {
    if (isConflict(thrown)) return false;
    throw asOurError(thrown, `Writing the manifest of ${manifest.businessDate}`);
  }
}

async function removeOthers(
  container: ContainerClient,
  businessDate: string,
  keep: readonly string[],
): Promise<void> {
  const prefix = `days/${businessDate}/`;
  try {
    for await (const { name } of container.listBlobsFlat({ prefix })) {
      if (name === manifestName(businessDate) || keep.some((folder) => name.startsWith(`${folder}/`)))
        continue;
      await container.getBlobClient(name).deleteIfExists();
    }
  } catch (thrown) {
    throw asOurError(thrown, `Removing what ${businessDate} was compacted to before`);
  }
}
