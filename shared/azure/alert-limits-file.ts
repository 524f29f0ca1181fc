import type { ContainerClient } from '@azure/storage-blob';
import { alertLimitsFileSchema } from '../alert-rules/files.ts';
import { limitsOf, NO_LIMITS, type Limits } from '../alerts/limits.ts';
import type { Clock } from '../time.ts';
import type { Logger } from '../log.ts';
import { masterDataFile, type MasterDataFile } from './master-data.ts';
import { MASTER_DATA_FILES } from './names.ts';

/** The limits of the rules: those in code while there is no file. A bad entry is left out with a log, and costs itself. */
export function alertLimitsFile(options: {
  readonly container: ContainerClient;
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}): MasterDataFile<Limits> {
  return masterDataFile({
    ...options,
    file: MASTER_DATA_FILES.alertLimits,
    schema: alertLimitsFileSchema,
    whenAbsent: NO_LIMITS,
    index: limitsOf,
    entries: ['roles', 'limits'],
  });
}
