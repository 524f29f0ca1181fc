import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { ContainerClient } from '@azure/storage-blob';

/** A container as files of a folder, for measures that no memory and no server shall be part of. One process writes. */
export function folderContainer(folder: string): ContainerClient {
  const notFound = (): never => {
    throw Object.assign(new Error('not found'), { statusCode: 404 });
  };
  const read = (name: string) => readFile(join(folder, name)).catch(notFound);
  const put = async (name: string, write: (path: string) => Promise<void>) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await write(path);
  };
  const etagOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
  const clientOf = (name: string) => ({
    upload: (content: Buffer | string) => put(name, (path) => writeFile(path, content)),
    uploadFile: (from: string) => put(name, (path) => copyFile(from, path)),
    download: async () => {
      const content = await read(name);
      return { readableStreamBody: Readable.from([content]), etag: etagOf(content) };
    },
    downloadToBuffer: () => read(name),
    downloadToFile: (path: string) => copyFile(join(folder, name), path).catch(notFound),
    deleteIfExists: () => rm(join(folder, name), { force: true }),
  });
  const client = {
    getBlobClient: clientOf,
    getBlockBlobClient: clientOf,
    async *listBlobsFlat({ prefix = '' }: { prefix?: string } = {}) {
      const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      for (const file of names) {
        const name = join(file.parentPath, file.name).slice(folder.length + 1);
        if (file.isFile() && name.startsWith(prefix)) yield { name };
      }
    },
  };
  return client as unknown as ContainerClient;
}
