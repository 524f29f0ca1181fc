import type { DynamicsNetwork } from '../../shared/azure/dynamics-client.ts';
import type { Logger } from '../../shared/log.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';
import { LANDING_LIMITS, wireLanding } from './landing/wire.ts';
import { wireLetters } from './letters/wire.ts';
import { STORES_PER_SHARD, wireMatching } from './matching/wire.ts';

const LIMITS = { ...LANDING_LIMITS, storesPerShard: STORES_PER_SHARD };

/** Wires everything that runs on a schedule; used by the Functions host, the local host and the tests. */
export function wireReconcile(
  settings: Settings,
  clock: Clock,
  log: Logger,
  limits = LIMITS,
  network: DynamicsNetwork = {},
) {
  const read = secretReader(settings.secrets, clock);
  const secrets = cachedSecrets({ read, refreshMs: MINUTE_MS, clock, log });
  const landing = wireLanding(settings, limits);
  const matching = wireMatching(settings, clock, log, secrets, limits.storesPerShard, network);
  const letters = wireLetters(settings, clock, secrets, matching);
  return {
    land: landing.land,
    plan: matching.plan,
    reconcile: matching.reconcile,
    compact: matching.compact,
    bury: letters.bury,
    letterDeeds: letters.deeds,
    workLetterOrders: letters.workOrders,
    close: async (): Promise<void> => {
      await Promise.all([landing.close(), letters.close()]);
    },
  };
}
export type Reconciliation = ReturnType<typeof wireReconcile>;
