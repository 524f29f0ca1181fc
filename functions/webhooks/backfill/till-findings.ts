import type { Gaps } from '../../../shared/azure/gaps.ts';
import type { Logger } from '../../../shared/log.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { Catalog } from '../../../shared/pos/master-data.ts';
import type { WebhookSource } from '../../../shared/pos/sources/source.ts';
import { TillDay } from '../../../shared/tills/till-silence.ts';
import { businessDayBounds, HOUR_MS, minuteOf, type Clock } from '../../../shared/time.ts';
import { forEachLanded, type LandedParts } from './landed.ts';

/** As for the lists: what a till sends late comes within it as a rule. */
const SETTLE_MS = HOUR_MS;

/**
 * Looks for numbers that never came and for tills and stores that were silent, once the date has ended everywhere, and again
 * whenever something of it has landed since: a gap that was filled is gone from the report.
 */
export async function lookAtTills(
  parts: LandedParts & {
    readonly gaps: Gaps;
    readonly clock: Clock;
    readonly sources: readonly WebhookSource[];
  },
  businessDate: BusinessDate,
  catalog: Catalog,
  log: Logger,
): Promise<void> {
  const stores = [...catalog.stores.values()];
  const ends = stores.map(
    ({ timeZone, cutOver }) => businessDayBounds(businessDate, timeZone, minuteOf(cutOver)).endMs,
  );
  if (stores.length === 0 || parts.clock() < Math.max(...ends) + SETTLE_MS) return;
  const { fingerprint } = await parts.days.inputsOf(businessDate);
  if ((await parts.gaps.findingsInputs(businessDate)) === fingerprint) return;
  const day = new TillDay(businessDate);
  await forEachLanded(parts, businessDate, log, (event) => day.add(event));
  const unlisted = parts.sources.filter(({ list }) => list === undefined).map(({ source }) => source);
  const findings = day.findings(stores, new Set(unlisted));
  await parts.gaps.putFindings(businessDate, findings, fingerprint);
  log.info('tills looked at', { businessDate, findings: findings.length });
}
