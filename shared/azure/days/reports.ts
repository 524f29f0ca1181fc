import type { ContainerClient } from '@azure/storage-blob';
import type { BusinessDate } from '../../ids.ts';
import { PermanentError } from '../../errors.ts';
import type { DayReport } from '../../reconciliation/day-report.ts';
import type { ShardResult } from '../../reconciliation/reconcile-shard.ts';
import { decodeReport } from '../../reconciliation/stored-report.ts';
import { asOurError, isConflict, isNotFound } from '../sdk-errors.ts';

/** Reports by business date in the container `reports`. */
export interface Reports {
  putShard(shard: ShardPlace, stored: StoredShard): Promise<void>;
  /** @returns undefined where the shard was never reconciled, or what is stored is not whole. */
  shard(shard: ShardPlace): Promise<StoredShard | undefined>;
  /** The ETag of the report now, to be named on replacing it. */
  etagOf(businessDate: BusinessDate): Promise<string | undefined>;
  /** @returns the new ETag; undefined when another run has written since `etag`. */
  put(businessDate: BusinessDate, files: ReportFiles, etag: string | undefined): Promise<string | undefined>;
  /** Downloads one file of a report. */
  file(businessDate: BusinessDate, name: string): Promise<Buffer | undefined>;
}

export interface StoredShard {
  /** Fingerprint of the result's input data. */
  readonly inputs: string;
  /** The plan that had it reconciled; absent where a version that did not say wrote it. */
  readonly planned?: string;
  readonly result: ShardResult;
}

interface ShardPlace {
  readonly businessDate: BusinessDate;
  readonly shard: number;
  readonly shards: number;
}

/** File name to content. `report.json` is written first: its ETag decides which of two runs writes. */
export type ReportFiles = Readonly<
  Record<typeof REPORT_JSON | typeof REPORT_CSV, { content: string; contentType: string }>
>;

export const REPORT_JSON = 'report.json';
export const REPORT_CSV = 'report.csv';

const nameOf = (date: string, file: string): string => `${date}/${file}`;
const shardName = ({ businessDate, shard, shards }: ShardPlace): string =>
  nameOf(businessDate, `shards/${shard + 1}-of-${shards}.json`);

export function blobReports(container: ContainerClient): Reports {
  const write = async (
    name: string,
    content: string,
    contentType: string,
    etag?: string | null,
  ): Promise<string | undefined> => {
    const conditions = etag === undefined ? {} : etag === null ? { ifNoneMatch: '*' } : { ifMatch: etag };
    try {
      const written = await container.getBlockBlobClient(name).upload(content, Buffer.byteLength(content), {
        blobHTTPHeaders: { blobContentType: contentType },
        conditions,
      });
      return written.etag ?? '*';
    } catch (thrown) {
      if (isConflict(thrown)) return undefined;
      throw asOurError(thrown, `Writing ${name}`);
    }
  };
  const read = async (name: string): Promise<Buffer | undefined> => {
    try {
      return await container.getBlobClient(name).downloadToBuffer();
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw asOurError(thrown, `Reading ${name}`);
    }
  };
  return {
    async putShard(shard, { inputs, planned, result }) {
      await write(
        shardName(shard),
        JSON.stringify({ format: SHARD_FORMAT, inputs, planned, result }),
        'application/json',
      );
    },
    async shard(shard) {
      const content = await read(shardName(shard));
      return content && storedShard(content);
    },
    async etagOf(businessDate) {
      try {
        const { etag } = await container.getBlobClient(nameOf(businessDate, REPORT_JSON)).getProperties();
        return etag;
      } catch (thrown) {
        if (isNotFound(thrown)) return undefined;
        throw asOurError(thrown, `Reading the report of ${businessDate}`);
      }
    },
    async put(businessDate, files, etag) {
      const { [REPORT_JSON]: report, ...others } = files;
      const { content, contentType } = report;
      const written = await write(nameOf(businessDate, REPORT_JSON), content, contentType, etag ?? null);
      if (written === undefined) return undefined;
      for (const [file, other] of Object.entries(others))
        await write(nameOf(businessDate, file), other.content, other.contentType);
      return written;
    },
    file: (businessDate, name) => read(nameOf(businessDate, name)),
  };
}

/**
 * The format of a shard's result. It lives for one reconciliation only, so no version reads another's: what has
 * another format, or is not JSON, counts as absent, and the shard is reconciled again. Raise it whenever `ShardResult`
 * changes: during a deployment a report would otherwise be merged from results with and without the new figures.
 */
const SHARD_FORMAT = 4;

function storedShard(content: Buffer): StoredShard | undefined {
  try {
    const { format, ...shard } = JSON.parse(content.toString('utf8')) as StoredShard & { format?: number };
    return format === SHARD_FORMAT ? shard : undefined;
  } catch {
    return undefined;
  }
}

/** @throws PermanentError `report-format` where the report cannot be read by this version. */
export function parseReport(content: Buffer): DayReport {
  let stored: unknown;
  try {
    stored = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw new PermanentError('report-format', 'The report is not whole. Reconcile the date again', { cause });
  }
  return decodeReport(stored);
}
