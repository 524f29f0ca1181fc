import type { WorkflowStore } from '../../../shared/azure/workflow/workflow-store.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { TransientError } from '../../../shared/errors.ts';
import type { StoreId } from '../../../shared/ids.ts';
import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import { toInstant, type Clock } from '../../../shared/time.ts';
import { follow } from '../../../shared/workflow/follow.ts';
import type { ClosePolicy } from '../../../shared/workflow/policy.ts';
import { storeReports, type StoreReport } from '../../../shared/workflow/store-report.ts';

export interface FollowParts {
  readonly workflow: WorkflowStore;
  readonly policy: () => Promise<ClosePolicy>;
  readonly reports: { etagOf(businessDate: DayReport['businessDate']): Promise<string | undefined> };
  readonly clock: Clock;
}

const AT_ONCE = 8;
const MAX_RACES = 10;

/**
 * Brings every store's day up to a report: see `follow`. It may be killed anywhere and run again, also beside another run:
 * each write names the day's ETag, and one that finds a newer report stops, as that report has a run of its own.
 * @param reportId ETag of the report as it was written
 * @returns false where a newer report has been written meanwhile.
 */
export async function followReport(
  parts: FollowParts,
  report: DayReport,
  reportId: string,
  inputsOf?: (storeId: StoreId) => string | undefined,
): Promise<boolean> {
  const { businessDate } = report;
  const known = (await parts.workflow.daysOf(businessDate)).map(({ storeId }) => storeId);
  const policy = await parts.policy();
  const seen = storeReports(report, reportId, known, inputsOf);
  let isNewest = true;
  await forEachBounded(seen, AT_ONCE, async (one) => {
    if (isNewest) isNewest = await followStore(parts, one, policy);
  });
  return isNewest;
}

async function followStore(parts: FollowParts, seen: StoreReport, policy: ClosePolicy): Promise<boolean> {
  const { businessDate, storeId, report } = seen;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const before = await parts.workflow.load(businessDate, storeId);
    // Asked after the day was read: whoever follows a newer report changes the day's ETag, or is seen here.
    if ((await parts.reports.etagOf(businessDate)) !== report.reportId) return false;
    const at = toInstant(parts.clock());
    // What only the pages have followed knows nothing of the inputs, and must not make known ones unknown.
    const isFollowed = before?.day.report.reportId === report.reportId;
    const inputs = report.inputs ?? (isFollowed ? before.day.report.inputs : undefined);
    const now = { ...seen, report: { ...report, inputs } };
    const steps = follow(before, now, { at, today: at.slice(0, 10), policy });
    if (await writeAll(parts.workflow, steps, before?.etag)) return true;
  }
  throw new TransientError('lost-races', `The day ${businessDate} of store ${storeId} keeps changing`);
}

async function writeAll(
  workflow: WorkflowStore,
  steps: ReturnType<typeof follow>,
  etag: string | undefined,
): Promise<boolean> {
  const [first, ...others] = steps;
  if (!first) return true;
  if (!(await workflow.commit(first, etag))) return false;
  for (const step of others) {
    const loaded = await workflow.load(step.day.businessDate, step.day.storeId);
    // Someone else wrote in between: what is left is worked out again from what is there.
    const isOurs = loaded && loaded.day.version === step.day.version - step.history.length;
    if (!isOurs || !(await workflow.commit(step, loaded.etag))) return false;
  }
  return true;
}
