import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { messageOf, PermanentError } from '../errors.ts';
import type { StoreId } from '../ids.ts';
import { hoursOfStored, NO_HOURS, storedHours, type StoreHours } from '../stock/silent/store-hours.ts';
import { NEW_WATCH, storedWatch, watchOfStored, type ShelfWatch } from '../stock/silent/shelf-watch.ts';
import { asOurError, isConflict, isNotFound } from './sdk-errors.ts';

/**
 * What the clock rules about stock keep, in the container `stock-history`: `hours/STORE.json.gz`, what a store sold by
 * hour, and `watch/STORE.json`, which of its shelves are thought to be empty. A store's file is replaced as a whole and
 * only on top of what was read, so of two runs at a time one has no effect.
 */
export interface StockHistory {
  /** @throws PermanentError `state-damaged`; TransientError */
  hours(storeId: StoreId): Promise<Held<StoreHours>>;
  watch(storeId: StoreId): Promise<Held<ShelfWatch>>;
  /** @returns the new ETag; undefined where another run was faster. @throws TransientError */
  putHours(storeId: StoreId, hours: StoreHours, etag: string | undefined): Promise<string | undefined>;
  putWatch(storeId: StoreId, watch: ShelfWatch, etag: string | undefined): Promise<string | undefined>;
}

export interface Held<T> {
  readonly value: T;
  /** Undefined while there is no file. */
  readonly etag: string | undefined;
}

const [zip, unzip] = [promisify(gzip), promisify(gunzip)];

export function blobStockHistory(container: ContainerClient): StockHistory {
  const hoursBlob = (storeId: StoreId): BlockBlobClient =>
    container.getBlockBlobClient(`hours/${encodeURIComponent(storeId)}.json.gz`);
  const watchBlob = (storeId: StoreId): BlockBlobClient =>
    container.getBlockBlobClient(`watch/${encodeURIComponent(storeId)}.json`);
  return {
    hours: (storeId) =>
      read(hoursBlob(storeId), NO_HOURS, async (body) =>
        hoursOfStored(JSON.parse((await unzip(body)).toString('utf8'))),
      ),
    watch: (storeId) =>
      read(watchBlob(storeId), NEW_WATCH, (body) => watchOfStored(JSON.parse(body.toString('utf8')))),
    putHours: async (storeId, hours, etag) =>
      write(hoursBlob(storeId), await zip(JSON.stringify(storedHours(hours))), etag),
    putWatch: (storeId, watch, etag) =>
      write(watchBlob(storeId), Buffer.from(JSON.stringify(storedWatch(watch))), etag),
  };
}

async function read<T>(
  blob: BlockBlobClient,
  whenAbsent: T,
  parse: (body: Buffer) => T | Promise<T>,
): Promise<Held<T>> {
  let body: Buffer;
  let etag: string | undefined;
  try {
    etag = (await blob.getProperties()).etag;
    body = await blob.downloadToBuffer(
      0,
      undefined,
      etag === undefined ? {} : { conditions: { ifMatch: etag } },
    );
  } catch (thrown) {
    if (isNotFound(thrown)) return { value: whenAbsent, etag: undefined };
    throw asOurError(thrown, `Reading ${blob.name}`);
  }
  try {
    return { value: await parse(body), etag };
  } catch (cause) {
    throw new PermanentError(
      'state-damaged',
      `stock-history/${blob.name} cannot be read: ${messageOf(cause)}. Delete it to begin anew`,
      { cause },
    );
  }
}

async function write(
  blob: BlockBlobClient,
  body: Buffer,
  etag: string | undefined,
): Promise<string | undefined> {
  try {
    const written = await blob.upload(body, body.length, {
      conditions: etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag },
    });
    return written.etag ?? '*';
  } catch (thrown) {
    if (isConflict(thrown)) return undefined;
    throw asOurError(thrown, `Writing ${blob.name}`);
  }
}
