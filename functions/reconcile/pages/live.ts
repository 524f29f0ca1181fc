import type { LiveTills } from '../../../shared/azure/state/live-tills.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { messageOf } from '../../../shared/errors.ts';
import { businessDateSchema, type BusinessDate } from '../../../shared/ids.ts';
import { livePage, type LiveStore } from '../../../shared/reports/live-page.ts';
import { COMMON_HEADERS } from '../../../shared/reports/page.ts';
import { MINUTE_MS, toInstant, type Clock } from '../../../shared/time.ts';
import { liveDay } from '../../../shared/tills/live-count.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import { financeScopeOf, holdsAny, READS_FINANCE, READS_OPERATIONS, type Scope } from './access.ts';
import type { Principal } from './principal.ts';
import type { PageCall, PageRoute } from './router.ts';
import { notFound, okPage, type PageAnswer } from './web.ts';

export interface LiveParts {
  readonly tills: LiveTills;
  readonly stores: () => Promise<StoreLookup>;
  readonly clock: Clock;
}

const AT_ONCE = 16;
/** Whole chains are asked for at most so often by one instance. */
const KEPT_MS = MINUTE_MS / 2;

/** `/live` is of today; `/live/<date>`, and the same as JSON: till counter and what was received, as the stream has it. */
export function liveRoutes(parts: LiveParts): PageRoute[] {
  const roles = [...READS_FINANCE, ...READS_OPERATIONS];
  const read = keptFor(parts);
  const route = (path: string, handle: PageRoute['handle']): PageRoute => ({
    method: 'GET',
    path,
    roles,
    handle,
  });
  const today = (): string => toInstant(parts.clock()).slice(0, 10);
  return [
    route('/live', (call) => show(parts, read, call, today())),
    route('/live/{date}', (call) => show(parts, read, call, call.params['date'])),
    route('/live/{date}/live.json', (call) => asJson(read, call)),
  ];
}

interface Live {
  readonly asOf: string;
  readonly stores: readonly LiveStore[];
  /** Stores whose state could not be read, with the reason. */
  readonly unread: readonly { readonly storeId: string; readonly reason: string }[];
}
type ReadLive = (businessDate: BusinessDate) => Promise<Live>;

function keptFor({ tills, clock }: LiveParts): ReadLive {
  const kept = new Map<BusinessDate, { readonly atMs: number; readonly live: Promise<Live> }>();
  return (businessDate) => {
    const before = kept.get(businessDate);
    if (before && clock() - before.atMs < KEPT_MS) return before.live;
    kept.clear();
    const live = readAll(tills, businessDate, toInstant(clock()));
    kept.set(businessDate, { atMs: clock(), live });
    // A failure is told to those who wait, and not kept.
    live.catch(() => kept.delete(businessDate));
    return live;
  };
}

async function readAll(tills: LiveTills, businessDate: BusinessDate, asOf: string): Promise<Live> {
  const stores: LiveStore[] = [];
  const unread: { storeId: string; reason: string }[] = [];
  await forEachBounded(tills.stores(), AT_ONCE, async (storeId) => {
    try {
      const day = liveDay(await tills.records(storeId), businessDate);
      if (day.shifts.length > 0 || day.missingNumbers.length > 0) stores.push({ storeId, ...day });
    } catch (thrown) {
      // A store that cannot be read costs itself alone.
      unread.push({ storeId, reason: messageOf(thrown) });
    }
  });
  const byId = (one: { storeId: string }, other: { storeId: string }): number =>
    one.storeId < other.storeId ? -1 : 1;
  return { asOf, stores: stores.sort(byId), unread: unread.sort(byId) };
}

/** Operations and finance see all stores; a reader of single stores sees those. */
function scopeOf(user: Principal): Scope {
  return holdsAny(user, READS_OPERATIONS) ? 'all' : financeScopeOf(user);
}

function narrowed({ asOf, stores, unread }: Live, scope: Scope): Live {
  if (scope === 'all') return { asOf, stores, unread };
  const isSeen = ({ storeId }: { storeId: string }): boolean => scope.has(storeId);
  return { asOf, stores: stores.filter(isSeen), unread: unread.filter(isSeen) };
}

async function show(
  parts: LiveParts,
  read: ReadLive,
  { user, viewer }: PageCall,
  date: string | undefined,
): Promise<PageAnswer> {
  const businessDate = businessDateSchema.safeParse(date);
  if (!businessDate.success) return notFound(viewer);
  const [live, lookup] = await Promise.all([read(businessDate.data), parts.stores()]);
  const { asOf, stores, unread } = narrowed(live, scopeOf(user));
  const storeName = (id: string): string | undefined => lookup.nameOf(id);
  return okPage(livePage({ viewer, businessDate: businessDate.data, asOf, stores, unread, storeName }));
}

async function asJson(read: ReadLive, { params, user, viewer }: PageCall): Promise<PageAnswer> {
  const businessDate = businessDateSchema.safeParse(params['date']);
  if (!businessDate.success) return notFound(viewer);
  const live = narrowed(await read(businessDate.data), scopeOf(user));
  return {
    status: 200,
    headers: { ...COMMON_HEADERS, 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify({ businessDate: businessDate.data, ...live }, undefined, 1)}\n`,
  };
}
