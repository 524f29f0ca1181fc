import type { ContainerClient } from '@azure/storage-blob';
import { indexSenders, sendersFileSchema, type Senders } from '../pos/senders.ts';
import type { Clock } from '../time.ts';
import type { Logger } from '../log.ts';
import { masterDataFile, type MasterDataFile } from './master-data.ts';
import { MASTER_DATA_FILES } from './names.ts';

/** The senders of the master data; none where there is no such file. */
export function sendersFile(options: {
  readonly container: ContainerClient;
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}): MasterDataFile<Senders> {
  return masterDataFile({
    ...options,
    file: MASTER_DATA_FILES.senders,
    schema: sendersFileSchema,
    index: indexSenders,
    whenAbsent: { senders: [] },
  });
}
