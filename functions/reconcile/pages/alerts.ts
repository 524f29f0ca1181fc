import { labelOf } from '../../../shared/alert-rules/all-rules.ts';
import { ALERT_SEVERITIES } from '../../../shared/alerts/alert.ts';
import { alertCommandSchema } from '../../../shared/alerts/life-commands.ts';
import { LIFE_STATES, type AlertLife } from '../../../shared/alerts/life.ts';
import type { AlertLog } from '../../../shared/azure/alert-log.ts';
import { businessDateSchema } from '../../../shared/ids.ts';
import { addressOf, type AlertBoard, type BoardFilter } from '../../../shared/reports/alert-board.ts';
import { alertPage } from '../../../shared/reports/alert-page.ts';
import { epochMsOf, localText } from '../../../shared/time.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import { READS_OPERATIONS } from './access.ts';
import { whoActs } from './actor-of.ts';
import type { AlertDesk } from './alert-desk.ts';
import type { PageCall, PageRoute } from './router.ts';
import { notFound, okPage, plainPage, type PageAnswer } from './web.ts';

export interface AlertPageParts {
  readonly desk: AlertDesk;
  readonly alertLog: Pick<AlertLog, 'list'>;
  readonly stores: () => Promise<StoreLookup>;
  readonly newKey: () => string;
}

const ALERT = '/operations/alerts/{date}/{alert}';

/** One alert, and the answers to it. The board is a part of `/operations`. */
export function alertPageRoutes(parts: AlertPageParts): PageRoute[] {
  return [
    { method: 'GET', path: ALERT, roles: READS_OPERATIONS, handle: (call) => show(parts, call) },
    { method: 'POST', path: ALERT, roles: READS_OPERATIONS, handle: (call) => answer(parts, call) },
  ];
}

/** What the address asks for; what is no filter is left out, as an old link must still show something. */
function filterOf(query: (name: string) => string | undefined): BoardFilter & { pageNumber: number } {
  const text = (name: string): string | undefined => {
    const value = query(name);
    return value === undefined || value === '' ? undefined : value.slice(0, 200);
  };
  const pageNumber = Number(query('page') ?? 1);
  return {
    state: ([...LIFE_STATES, 'all'] as const).find((one) => one === query('state')),
    severity: ALERT_SEVERITIES.find((one) => one === query('severity')),
    storeId: text('store'),
    kind: text('kind'),
    pageNumber: Number.isSafeInteger(pageNumber) && pageNumber > 0 ? pageNumber : 1,
  };
}

/** The board as the address asks for it. */
export async function boardOf(
  { desk, stores, newKey }: AlertPageParts,
  { request: { query }, user }: Pick<PageCall, 'request' | 'user'>,
): Promise<AlertBoard> {
  const { pageNumber, ...filter } = filterOf(query);
  const [{ lives, all, unreadable }, routesOff, mutes, known] = await Promise.all([
    desk.list(filter),
    desk.routesOff(),
    desk.mutes(),
    stores(),
  ]);
  const { state, storeId, kind, severity } = filter;
  const page = pageNumber > 1 ? String(pageNumber) : undefined;
  return {
    lives,
    all,
    unreadable,
    routesOff,
    mutes,
    filter,
    pageNumber,
    storeName: (id) => known.nameOf(id),
    raisedAtText: (life) => timeText(life, known),
    labelOf,
    form: { newKey, back: addressOf({ state, store: storeId, kind, severity, page }), userName: user.name },
  };
}

function timeText({ alert, since, storeId }: AlertLife, stores: StoreLookup): string {
  const zone = stores.zoneOf(storeId) ?? 'UTC';
  return `${localText(epochMsOf(alert?.raisedAt ?? since), zone)} (${zone})`;
}

async function show(parts: AlertPageParts, { params, viewer, request, user }: PageCall): Promise<PageAnswer> {
  const place = placeOf(params);
  const life = place && (await parts.desk.get(place.businessDate, place.alertId));
  if (!life) return notFound(viewer);
  const [logged, stores] = await Promise.all([parts.alertLog.list(life.businessDate), parts.stores()]);
  return okPage(
    alertPage({
      viewer,
      life,
      storeName: stores.nameOf(life.storeId),
      raisedAtText: timeText(life, stores),
      label: labelOf(life.alert?.kind ?? 'alert'),
      deliveredTo: logged.find(({ alert }) => alert.alertId === life.alertId)?.deliveredTo ?? [],
      form: { newKey: parts.newKey, back: backOf(request.query('back')), userName: user.name },
    }),
  );
}

/** Carries out an answer, and goes back to where it was given: a repeat of the form has no second effect. */
async function answer(
  { desk }: AlertPageParts,
  { params, form, user, viewer }: PageCall,
): Promise<PageAnswer> {
  const place = placeOf(params);
  if (!place) return notFound(viewer);
  const who = whoActs(user);
  if (!who)
    return plainPage(
      403,
      'Not allowed',
      'The sign-in says no object id, by which people are told apart. Ask IT. Nothing was changed.',
      viewer,
    );
  const command = commandOf(form);
  const key = form.get('key') ?? '';
  if (!command.success || !/^[\w.:~-]{8,100}$/.test(key))
    return plainPage(
      400,
      'Not understood',
      'The form is not complete. Open the page again. Nothing was changed.',
      viewer,
    );
  const { kind, id, name } = who.by;
  const by = { kind: kind === 'system' ? 'system' : 'person', id, name } as const;
  const result = await desk.act({ ...place, command: command.data }, by, key);
  if (result.kind === 'refused') return plainPage(409, 'Nothing was changed', result.refusal.text, viewer);
  if (result.kind !== 'done') return notFound(viewer);
  const location = `${backOf(form.get('back') ?? undefined)}#${place.alertId}`;
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

function commandOf(form: URLSearchParams) {
  const action = form.get('action');
  const reason = form.get('reason')?.trim() ?? '';
  return alertCommandSchema.safeParse({
    action,
    ...(reason !== '' && { reason }),
    ...(action === 'snooze' && { minutes: Number(form.get('minutes') ?? 60) }),
    ...(action === 'mute' && { days: Number(form.get('days') ?? 7) }),
    ...(action === 'assign' && { to: form.get('to') ?? '' }),
  });
}

/** Only to the board or an alert: a form must not send people elsewhere. */
function backOf(given: string | undefined): string {
  return given !== undefined && /^\/operations(?:\?[\w=&%.+~-]*)?$/.test(given) ? given : '/operations';
}

function placeOf(params: Readonly<Record<string, string>>) {
  const date = businessDateSchema.safeParse(params['date']);
  const alertId = params['alert'] ?? '';
  if (!date.success || !/^alert_[0-9a-f]{32}$/.test(alertId)) return undefined;
  return { businessDate: date.data, alertId };
}
