import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { ContainerClient } from '@azure/storage-blob';
import { generationOfRawBlob, rawBlobName, rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';

async function linesOf(content: Buffer | Error): Promise<string[]> {
  const container = {
    getBlobClient: () => ({
      download: () =>
        content instanceof Error
          ? Promise.reject(content)
          : Promise.resolve({ readableStreamBody: Readable.from([content]) }),
    }),
  } as unknown as ContainerClient;
  const lines: string[] = [];
  for await (const some of rawBlobs(container).lines('0/a')) lines.push(...some);
  return lines;
}

const whole = gzipSync('{"a":1}\n{"a":2}\n');

test('a whole blob gives its lines', async () => {
  expect(await linesOf(whole)).toEqual(['{"a":1}', '{"a":2}']);
});

/** As others have met them: logstash-input-file 300 (5 bytes), ClickHouse 76473 (no gzip at all), m-lab/etl 934 (10 bytes). */
test.each([
  ['cut to 5 bytes', whole.subarray(0, 5)],
  ['cut to its header of 10 bytes', whole.subarray(0, 10)],
  ['cut before its last bytes', whole.subarray(0, -3)],
  ['no gzip at all', Buffer.from('plain text')],
  ['empty', Buffer.alloc(0)],
  ['with a flipped bit', Buffer.from(whole.map((byte, at) => (at === 14 ? byte ^ 8 : byte)))],
  ['a gzip that ends within a line', gzipSync('{"a":1}\n{"a"')],
])('a blob that is %s is damaged for good, and never read as less', async (_name, content) => {
  await expect(linesOf(content)).rejects.toMatchObject({ name: 'PermanentError', code: 'raw-blob-damaged' });
});

test('a blob that is gone is so for good; one that is away is tried again', async () => {
  const status = (statusCode: number): Error => Object.assign(new Error('no'), { statusCode });
  await expect(linesOf(status(404))).rejects.toMatchObject({ name: 'PermanentError', code: 'raw-blob-gone' });
  await expect(linesOf(status(503))).rejects.toMatchObject({ name: 'TransientError' });
});

test('names sort by partition, hub and number, those of before there were generations first', () => {
  const [older, newer] = ['20251125T134005123Z', '20261125T134005123Z'];
  const names = [
    `0/${'9'.padStart(20, '0')}.ndjson.gz`,
    rawBlobName('0', older, 10),
    rawBlobName('0', newer, 2),
  ];
  expect([...names].sort()).toEqual(names);
  expect(names.map(generationOfRawBlob)).toEqual([undefined, older, newer]);
});
