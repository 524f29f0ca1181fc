import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { businessDateSchema, type BusinessDate } from '../../ids.ts';
import type { LedgerSnapshots, SnapshotInfo } from '../../ledger/sources/dynamics-finance/snapshot.ts';
import { asOurError, isNotFound } from '../sdk-errors.ts';

/** Changes when a version writes rows in another form: what has another format is as good as absent, and is read anew. */
const FORMAT = '1';

/**
 * Snapshots as blobs `<folder>/_<date>.ndjson` of the container `ledger`. The underscore keeps them out of the ledger
 * files that people put there, for every version.
 */
export function ledgerSnapshots(container: ContainerClient, folder: string): LedgerSnapshots {
  const blobOf = (date: BusinessDate): BlockBlobClient =>
    container.getBlockBlobClient(`${folder}/_${date}.ndjson`);
  return {
    async list() {
      const found: SnapshotInfo[] = [];
      try {
        for await (const { name, metadata } of container.listBlobsFlat({
          prefix: `${folder}/_`,
          includeMetadata: true,
        })) {
          const info = infoOf(/_([\d-]+)\.ndjson$/.exec(name)?.[1], metadata);
          if (info) found.push(info);
        }
      } catch (thrown) {
        throw asOurError(thrown, `Listing ${folder}`);
      }
      return found;
    },
    async *lines(date) {
      try {
        const { readableStreamBody } = await blobOf(date).download();
        if (readableStreamBody) yield* linesOf(readableStreamBody as unknown as AsyncIterable<Uint8Array>);
      } catch (thrown) {
        if (isNotFound(thrown)) return;
        throw asOurError(thrown, `Reading ${folder} of ${date}`);
      }
    },
    begin(date) {
      const blocks: string[] = [];
      return {
        async add(lines) {
          if (lines.length === 0) return;
          const content = Buffer.from(`${lines.join('\n')}\n`);
          const id = Buffer.from(String(blocks.length).padStart(BLOCK_DIGITS, '0')).toString('base64');
          try {
            await blobOf(date).stageBlock(id, content, content.length);
          } catch (thrown) {
            throw asOurError(thrown, `Writing ${folder} of ${date}`);
          }
          blocks.push(id);
        },
        async commit(info) {
          try {
            await blobOf(date).commitBlockList(blocks, {
              metadata: metadataOf(info),
              blobHTTPHeaders: { blobContentType: 'application/x-ndjson' },
            });
          } catch (thrown) {
            throw asOurError(thrown, `Writing ${folder} of ${date}`);
          }
        },
      };
    },
    async touch(info) {
      try {
        await blobOf(info.date).setMetadata(metadataOf(info));
      } catch (thrown) {
        throw asOurError(thrown, `Noting ${folder} of ${info.date}`);
      }
    },
  };
}

const BLOCK_DIGITS = 6;

function metadataOf({
  digest,
  rows,
  signature,
  checkedAtMs,
  modifiedAt,
}: SnapshotInfo): Record<string, string> {
  return {
    format: FORMAT,
    digest,
    rows: String(rows),
    signature,
    checkedat: String(checkedAtMs),
    modifiedat: modifiedAt,
  };
}

function infoOf(
  text: string | undefined,
  metadata: Readonly<Record<string, string>> | undefined,
): SnapshotInfo | undefined {
  const date = businessDateSchema.safeParse(text).data;
  if (date === undefined || metadata?.['format'] !== FORMAT) return undefined;
  const { digest = '', rows, signature = '', checkedat, modifiedat = '' } = metadata;
  return {
    date,
    digest,
    rows: Number(rows),
    signature,
    checkedAtMs: Number(checkedat),
    modifiedAt: modifiedat,
  };
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines;
  }
}
