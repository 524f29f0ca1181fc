import type { DayInputs } from '../../../shared/azure/days/days.ts';
import type { StoreId } from '../../../shared/ids.ts';
import { concerns, digestOf, storesOfFile } from '../matching/day-state.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';

/**
 * Fingerprint of the data of a date that is, or may be, of a store. News of another store must not keep this one from
 * being closed.
 */
export function storeInputs(inputs: DayInputs, storeId: StoreId, stores: StoreLookup): string {
  const isOurs = (other: string): boolean => other === storeId;
  const lines = [...inputs.blobs, ...inputs.quarantined]
    .filter((blob) => concerns(blob.stores, isOurs))
    .map(({ name }) => `blob ${name}`);
  for (const file of inputs.ledgerFiles)
    if (file.badRows > 0 || storesOfFile(file, stores).some(isOurs))
      lines.push(`file ${file.name} ${file.etag}`);
  for (const gap of inputs.gaps) lines.push(`gap ${JSON.stringify(gap)}`);
  return digestOf(lines.sort());
}
