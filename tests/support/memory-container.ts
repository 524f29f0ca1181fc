import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ContainerClient } from '@azure/storage-blob';

interface Conditions {
  readonly conditions?: { readonly ifNoneMatch?: string; readonly ifMatch?: string };
}

/** A container in memory, as far as the lake uses one. Each call is a point at which a test may kill the process. */
export function memoryContainer(onCall: (call: string) => void = () => undefined) {
  const blobs = new Map<string, { content: Buffer; etag: string }>();
  let etags = 0;
  const fail = (statusCode: number): never => {
    throw Object.assign(new Error(`status ${statusCode}`), { statusCode });
  };
  const put = (name: string, content: Buffer, { conditions = {} }: Conditions = {}) => {
    const held = blobs.get(name);
    if (conditions.ifNoneMatch === '*' && held) fail(409);
    if (conditions.ifMatch !== undefined && conditions.ifMatch !== held?.etag) fail(412);
    const etag = `"${(etags += 1)}"`;
    blobs.set(name, { content, etag });
    return { etag };
  };
  const get = (name: string) => blobs.get(name) ?? fail(404);
  const point = async <T>(call: string, work: () => T | Promise<T>): Promise<T> => {
    await Promise.resolve();
    onCall(`before ${call}`);
    const value = await work();
    onCall(`after ${call}`);
    return value;
  };
  const clientOf = (name: string) => ({
    upload: (content: Buffer | string, _length: number, options?: Conditions) =>
      point(`upload ${name}`, () => put(name, Buffer.from(content), options)),
    uploadFile: (path: string) => point(`upload ${name}`, async () => put(name, await readFile(path))),
    download: () =>
      point(`read ${name}`, () => {
        const { content, etag } = get(name);
        return { readableStreamBody: Readable.from([content]), etag };
      }),
    downloadToBuffer: () => point(`read ${name}`, () => get(name).content),
    downloadToFile: (path: string) => point(`read ${name}`, () => writeFile(path, get(name).content)),
    deleteIfExists: () => point(`delete ${name}`, () => ({ succeeded: blobs.delete(name) })),
  });
  const client = {
    getBlobClient: clientOf,
    getBlockBlobClient: clientOf,
    async *listBlobsFlat({ prefix = '' }: { prefix?: string } = {}) {
      await Promise.resolve();
      for (const name of [...blobs.keys()].sort()) if (name.startsWith(prefix)) yield { name };
    },
  };
  return { client: client as unknown as ContainerClient, blobs };
}
