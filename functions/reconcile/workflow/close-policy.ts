import { masterDataFile, type MasterDataOptions } from '../../../shared/azure/master-data.ts';
import { MASTER_DATA_FILES } from '../../../shared/azure/names.ts';
import { closePolicySchema, DEFAULT_POLICY, type ClosePolicy } from '../../../shared/workflow/policy.ts';

/** The close policy of the master data; the usual reasons and no rules where there is no such file. */
export function closePolicyOf(
  options: Pick<
    MasterDataOptions<typeof closePolicySchema, ClosePolicy>,
    'container' | 'refreshMs' | 'clock' | 'log'
  >,
): () => Promise<ClosePolicy> {
  const file = masterDataFile({
    ...options,
    file: MASTER_DATA_FILES.closePolicy,
    schema: closePolicySchema,
    whenAbsent: DEFAULT_POLICY,
    index: (content) => content,
  });
  return () => file.get();
}
