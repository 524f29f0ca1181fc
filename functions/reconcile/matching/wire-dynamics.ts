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
import {
  dynamicsCommerceConfigSchema,
  NOT_READ,
  type DynamicsCommerceConfig,
} from '../../../shared/ledger/sources/dynamics-commerce/config.ts';
import type { HeadquartersSource } from '../../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import {
  DYNAMICS_COMMERCE,
  dynamicsCommerceSource,
} from '../../../shared/ledger/sources/dynamics-commerce/source.ts';
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
import { scrubFreeText } from '../../../shared/privacy/scrub.ts';
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

/** How Commerce headquarters is read; not at all where nobody says so. */
export function dynamicsCommerceConfigOf(
  fromMasterData: FromMasterData,
): () => Promise<DynamicsCommerceConfig> {
  const config = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.dynamicsCommerce,
    schema: dynamicsCommerceConfigSchema,
    whenAbsent: NOT_READ,
    index: (file) => file,
  });
  return () => config.get();
}

/** Commerce headquarters, where an environment is set and `dynamics-commerce.json` says how to read it. */
export function wireHeadquarters(
  { dynamics, state }: Settings,
  fromMasterData: FromMasterData,
  secrets: Secrets,
  network: DynamicsNetwork,
): HeadquartersSource | undefined {
  if (!dynamics) return undefined;
  return dynamicsCommerceSource({
    client: dynamicsClient(dynamics, secrets, network),
    snapshots: ledgerSnapshots(containerClient(state, CONTAINERS.ledger), DYNAMICS_COMMERCE),
    config: dynamicsCommerceConfigOf(fromMasterData),
    scrub: async () => {
      const pseudonymise = await pseudonymsFrom(secrets);
      return { id: (id) => idWithoutCardNumbers(id, pseudonymise), text: (text) => scrubFreeText(text) };
    },
    clock: fromMasterData.clock,
  });
}
