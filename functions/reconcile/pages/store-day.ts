import { ROLES } from '../../../shared/azure/names.ts';
import { businessDateSchema, storeIdSchema, type BusinessDate, type StoreId } from '../../../shared/ids.ts';
import { storeDayPage } from '../../../shared/reports/store-day-page.ts';
import { dayCommandSchema, itemCommandSchema } from '../../../shared/workflow/commands.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import type { ActResult } from '../workflow/act.ts';
import type { Closing } from '../workflow/closing.ts';
import { financeScopeOf, holdsAny, READS_FINANCE, type Role } from './access.ts';
import { whoActs } from './actor-of.ts';
import type { PageCall, PageRoute } from './router.ts';
import { notFound, okPage, plainPage, type PageAnswer } from './web.ts';

export interface StoreDayParts {
  readonly closing: Closing;
  readonly stores: () => Promise<StoreLookup>;
  /** Random, for idempotency keys. */
  readonly newKey: () => string;
}

const WORKS_ON_DAYS: readonly Role[] = [ROLES.financeRead, ROLES.financeApprove];
const PATH = '/finance/{date}/stores/{store}';

/** A store's day as a page, with plain forms for each step. */
export function storeDayRoutes(parts: StoreDayParts): PageRoute[] {
  return [
    { method: 'GET', path: PATH, roles: READS_FINANCE, handle: (call) => show(parts, call, undefined) },
    { method: 'POST', path: PATH, roles: WORKS_ON_DAYS, handle: (call) => step(parts, call) },
  ];
}

function placeOf({ params, user }: PageCall): { businessDate: BusinessDate; storeId: StoreId } | undefined {
  const date = businessDateSchema.safeParse(params['date']);
  const store = storeIdSchema.safeParse(params['store']);
  if (!date.success || !store.success) return undefined;
  const scope = financeScopeOf(user);
  const isSeen = scope === 'all' || scope.has(store.data);
  return isSeen ? { businessDate: date.data, storeId: store.data } : undefined;
}

async function show(
  { closing, stores, newKey }: StoreDayParts,
  call: PageCall,
  refusal: string | undefined,
): Promise<PageAnswer> {
  const { user, viewer } = call;
  const place = placeOf(call);
  const record = place && (await closing.storeDay(place.businessDate, place.storeId));
  if (!place || !record) return notFound(viewer);
  const [blockers, history, policy, lookup] = await Promise.all([
    closing.blockers(record),
    closing.history(place.businessDate, place.storeId),
    closing.policy(),
    stores(),
  ]);
  const answer = okPage(
    storeDayPage({
      viewer,
      day: record.day,
      storeName: lookup.nameOf(place.storeId),
      items: [...record.items.values()],
      blockers,
      history: history.toReversed(),
      policy,
      mayAct: holdsAny(user, WORKS_ON_DAYS),
      today: closing.today,
      newKey,
      refusal,
    }),
  );
  return refusal === undefined ? answer : { ...answer, status: 409 };
}

async function step(parts: StoreDayParts, call: PageCall): Promise<PageAnswer> {
  const { form, user, viewer } = call;
  const place = placeOf(call);
  if (!place) return notFound(viewer);
  const who = whoActs(user);
  if (!who)
    return plainPage(
      403,
      'No access',
      'The sign-in says no object id, by which people are told apart. Ask IT.',
      viewer,
    );
  const itemId = form.get('item') ?? undefined;
  const key = form.get('key') ?? '';
  const version = Number(form.get('version') ?? Number.NaN);
  const parsed = (itemId === undefined ? dayCommandSchema : itemCommandSchema).safeParse(commandIn(form));
  if (!parsed.success || !Number.isSafeInteger(version) || !/^[\w-]{8,200}$/.test(key))
    return show(parts, call, 'The form was not complete. Fill it in again.');
  const result = await parts.closing.act({ ...place, itemId, command: parsed.data, version, key }, who);
  const refusal = refusalOf(result);
  if (refusal !== undefined) return show(parts, call, refusal);
  const anchor = itemId === undefined ? '' : `#${itemId}`;
  const location = `/finance/${place.businessDate}/stores/${encodeURIComponent(place.storeId)}${anchor}`;
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

/** Only the fields that the action has: the others of the form were left as they are. */
function commandIn(form: URLSearchParams): Record<string, unknown> {
  const action = form.get('action') ?? '';
  const text = (form.get('text') ?? '').toWellFormed();
  switch (action) {
    case 'assign':
      return { action, assignee: (form.get('assignee') ?? '').trim() || null };
    case 'explain':
    case 'accept':
      return { action, reasonCode: form.get('reasonCode') ?? '', text };
    default:
      return { action, text };
  }
}

/** What to tell where nothing was changed; undefined where it was. */
function refusalOf(result: ActResult): string | undefined {
  switch (result.kind) {
    case 'done':
      return undefined;
    case 'unknown':
      return 'There is no reconciled day of this date and store.';
    case 'changed':
      return 'Somebody has changed it since you have opened this page. Below is how it is now: look at it, and decide again.';
    case 'key-reused':
      return 'This form was sent before with something else in it. Fill it in again.';
    default:
      return [result.refusal.text, ...(result.refusal.blockers ?? []).map(({ text }) => text)].join(' ');
  }
}
