import type { ContainerClient } from '@azure/storage-blob';
import type { StoreId } from '../ids.ts';
import type { ForecastLine } from '../stock/demand/store-demand.ts';
import { asOurError } from './sdk-errors.ts';

/**
 * Writes a store's forecast into the lake as `demand-forecast/from=DATE/STORE.ndjson`, one product a line. A repeat replaces
 * the whole file. @throws TransientError; PermanentError `azure-refused`
 */
export async function putForecast(
  container: ContainerClient,
  storeId: StoreId,
  from: string,
  lines: readonly ForecastLine[],
): Promise<void> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const blob = container.getBlockBlobClient(
    `demand-forecast/from=${from}/${encodeURIComponent(storeId)}.ndjson`,
  );
  try {
    await blob.upload(text, Buffer.byteLength(text), {
      blobHTTPHeaders: { blobContentType: 'application/x-ndjson' },
    });
  } catch (thrown) {
    throw asOurError(thrown, `Writing ${blob.name}`);
  }
}
