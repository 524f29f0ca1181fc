import type { Gaps } from '../../../shared/azure/gaps.ts';
import { businessDateSchema, type BusinessDate } from '../../../shared/ids.ts';
import { gapsPage, type GapReport } from '../../../shared/reports/gaps-page.ts';
import { COMMON_HEADERS } from '../../../shared/reports/page.ts';
import { addDays, type Clock } from '../../../shared/time.ts';
import { READS_OPERATIONS } from './access.ts';
import type { PageCall, PageRoute } from './router.ts';
import { notFound, okPage, type PageAnswer } from './web.ts';

export interface GapParts {
  readonly gaps: Pick<Gaps, 'chains' | 'objects' | 'findings'>;
  readonly clock: Clock;
}

/** `/operations/gaps` is of yesterday; `/operations/gaps/<date>`, and the same as JSON. */
export function gapRoutes(parts: GapParts): PageRoute[] {
  const route = (path: string, handle: PageRoute['handle']): PageRoute => ({
    method: 'GET',
    path,
    roles: READS_OPERATIONS,
    handle,
  });
  return [
    route('/operations/gaps', (call) => show(parts, call, yesterday(parts.clock))),
    route('/operations/gaps/{date}', (call) => show(parts, call, call.params['date'])),
    route('/operations/gaps/{date}/gaps.json', (call) => asJson(parts, call)),
  ];
}

const yesterday = (clock: Clock): string =>
  addDays(new Date(clock()).toISOString().slice(0, 10) as BusinessDate, -1);

async function show(parts: GapParts, { viewer }: PageCall, date: string | undefined): Promise<PageAnswer> {
  const businessDate = businessDateSchema.safeParse(date);
  if (!businessDate.success) return notFound(viewer);
  return okPage(gapsPage({ viewer, report: await reportOf(parts, businessDate.data) }));
}

async function asJson(parts: GapParts, { params, viewer }: PageCall): Promise<PageAnswer> {
  const businessDate = businessDateSchema.safeParse(params['date']);
  if (!businessDate.success) return notFound(viewer);
  const report = await reportOf(parts, businessDate.data);
  return {
    status: 200,
    headers: { ...COMMON_HEADERS, 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(report, undefined, 1)}\n`,
  };
}

async function reportOf({ gaps }: GapParts, businessDate: BusinessDate): Promise<GapReport> {
  const [chains, objects, tills] = await Promise.all([
    gaps.chains(businessDate),
    gaps.objects(businessDate),
    gaps.findings(businessDate),
  ]);
  return {
    businessDate,
    lists: chains.map(({ source, sender, location, state, listed, received, reason }) => ({
      source,
      sender,
      location,
      state,
      listed,
      received,
      reason,
    })),
    objects: objects.map(({ source, object, vendorId, state, storeId, reason }) => ({
      source,
      object,
      vendorId,
      state,
      storeId,
      reason,
    })),
    tills,
  };
}
