import { containerClient } from '../../../shared/azure/clients.ts';
import { ledgerSnapshots } from '../../../shared/azure/days/ledger-snapshots.ts';
import { dynamicsClient, type DynamicsNetwork } from '../../../shared/azure/dynamics-client.ts';
import { masterDataFile, type MasterDataOptions } from '../../../shared/azure/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES } from '../../../shared/azure/names.ts';
import { pseudonymsFrom } from '../../../shared/azure/pseudonym-keys.ts';
import type { Secrets } from '../../../shared/azure/secrets.ts';
import {
  dynamicsSetup,
  dynamicsSetupSchema,
  NO_SETUP,
  type DynamicsSetup,
} from '../../../shared/forecast/setup.ts';
import type { LedgerSource } from '../../../shared/ledger/ledger-source.ts';
import {
  DEFAULT_CONFIG,
  dynamicsFinanceConfigSchema,
} from '../../../shared/ledger/sources/dynamics-finance/config.ts';
import {
  DYNAMICS_FINANCE,
  dynamicsFinanceSource,
} from '../../../shared/ledger/sources/dynamics-finance/source.ts';
import { idWithoutCardNumbers } from '../../../shared/privacy/card-ids.ts';
import type { Settings } from '../../../shared/settings.ts';

type FromMasterData = Pick<MasterDataOptions<never, never>, 'container' | 'refreshMs' | 'clock' | 'log'>;

/** How Dynamics 365 is set up; no forecast is made where nobody says so. */
export function dynamicsSetupOf(fromMasterData: FromMasterData): () => Promise<DynamicsSetup> {
  const setup = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.dynamicsSetup,
    schema: dynamicsSetupSchema,
    whenAbsent: NO_SETUP,
    index: dynamicsSetup,
  });
  return () => setup.get();
}

/** The ledger of Dynamics 365, where an environment is set. */
export function wireDynamicsFinance(
  { dynamics, state }: Settings,
  fromMasterData: FromMasterData,
  secrets: Secrets,
  network: DynamicsNetwork,
): Readonly<Record<string, LedgerSource>> {
  if (!dynamics) return {};
  const config = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.dynamicsFinance,
    schema: dynamicsFinanceConfigSchema,
    whenAbsent: DEFAULT_CONFIG,
    index: (file) => file,
  });
  return {
    [DYNAMICS_FINANCE]: dynamicsFinanceSource({
      client: dynamicsClient(dynamics, secrets, network),
      snapshots: ledgerSnapshots(containerClient(state, CONTAINERS.ledger), DYNAMICS_FINANCE),
      config: () => config.get(),
      scrubId: async () => {
        const pseudonymise = await pseudonymsFrom(secrets);
        return (id) => idWithoutCardNumbers(id, pseudonymise);
      },
      clock: fromMasterData.clock,
    }),
  };
}
