import { z } from 'zod';
import { ALERT_SEVERITIES } from '../../../../shared/alerts/alert.ts';
import { alertCommandSchema, COMMAND_REFUSALS } from '../../../../shared/alerts/life-commands.ts';
import { LIFE_STATES, type AlertActor } from '../../../../shared/alerts/life.ts';
import { businessDateSchema, storeIdSchema } from '../../../../shared/ids.ts';
import { READS_OPERATIONS } from '../access.ts';
import { whoActs } from '../actor-of.ts';
import type { AlertDesk } from '../alert-desk.ts';
import type { Principal } from '../principal.ts';
import { alertHistorySchema, alertSchema, alertView } from './alert-views.ts';
import { ApiProblem, apiRoute, type ApiRoute } from './api-route.ts';
import { OPERATIONS_API_ROOT } from './api-router.ts';
import { paged, pageOf, paging } from './close-parts.ts';

const ALERT = `${OPERATIONS_API_ROOT}/alerts/{date}/{alert}`;

const filterSchema = z.strictObject({
  state: z
    .enum([...LIFE_STATES, 'all'])
    .optional()
    .describe('Only alerts in this state; without it all that are not over.'),
  store: storeIdSchema.optional().describe('Only alerts of this store.'),
  kind: z.string().max(60).optional().describe('Only alerts of this kind.'),
  severity: z.enum(ALERT_SEVERITIES).optional().describe('Only alerts of this severity.'),
  assignee: z.string().max(200).optional().describe('Only alerts that are assigned so; empty for nobody.'),
  ...paging,
});

/** What the page of alerts does, for programs and the command line. */
export function alertRoutes(desk: AlertDesk): ApiRoute[] {
  return [
    apiRoute({
      operationId: 'list-alerts',
      summary: 'Alerts, most urgent first; without a state those that are not over',
      method: 'GET',
      path: `${OPERATIONS_API_ROOT}/alerts`,
      roles: READS_OPERATIONS,
      query: filterSchema,
      response: paged(alertSchema),
      handle: async ({ query, request }) => {
        const { page, limit = 100, store: storeId, ...filter } = query;
        const { lives } = await desk.list({ ...filter, storeId });
        const shown = pageOf(lives, page, limit, request.address);
        return { status: 200, content: { ...shown, items: shown.items.map(alertView) } };
      },
    }),
    apiRoute({
      operationId: 'get-alert',
      summary: 'One alert',
      method: 'GET',
      path: ALERT,
      roles: READS_OPERATIONS,
      response: alertSchema,
      problems: { 404: ['unknown-alert'] },
      handle: async ({ params }) => {
        const life = await lifeOf(desk, params);
        return { status: 200, content: alertView(life), version: life.version };
      },
    }),
    apiRoute({
      operationId: 'get-alert-history',
      summary: 'Every step of an alert: who did what, and when',
      method: 'GET',
      path: `${ALERT}/history`,
      roles: READS_OPERATIONS,
      response: alertHistorySchema,
      problems: { 404: ['unknown-alert'] },
      handle: async ({ params }) => {
        const { history, earlierSteps } = await lifeOf(desk, params);
        return { status: 200, content: { earlierSteps, items: history } };
      },
    }),
    actRoute(desk),
    ...switchRoutes(desk),
  ];
}

function actRoute(desk: AlertDesk): ApiRoute {
  return apiRoute({
    operationId: 'act-on-alert',
    summary: 'Acknowledges, snoozes, mutes, assigns, escalates, clears or reopens an alert',
    method: 'POST',
    path: `${ALERT}/actions`,
    roles: READS_OPERATIONS,
    body: alertCommandSchema,
    response: alertSchema,
    problems: { 404: ['unknown-alert'], 409: [...COMMAND_REFUSALS] },
    handle: async ({ params, user, body, key }) => {
      const { alertId, businessDate } = placeOf(params);
      const result = await desk.act({ alertId, businessDate, command: body }, actorOf(user), key);
      if (result.kind === 'refused') throw new ApiProblem(409, result.refusal.code, result.refusal.text);
      if (result.kind !== 'done') throw unknownAlert();
      return {
        status: 200,
        content: alertView(result.life),
        version: result.life.version,
        headers: result.isRepeat ? { 'idempotency-replayed': 'true' } : {},
      };
    },
  });
}

function switchRoutes(desk: AlertDesk): ApiRoute[] {
  const offSchema = z.object({
    items: z.array(z.object({ route: z.string(), at: z.string(), reason: z.string() })),
  });
  return [
    apiRoute({
      operationId: 'list-routes-off',
      summary: 'Routes that are switched off because their receiver answered 410',
      method: 'GET',
      path: `${OPERATIONS_API_ROOT}/routes-off`,
      roles: READS_OPERATIONS,
      response: offSchema,
      handle: async () => ({ status: 200, content: { items: await desk.routesOff() } }),
    }),
    apiRoute({
      operationId: 'switch-route-on',
      summary: 'Switches a route on again',
      method: 'POST',
      path: `${OPERATIONS_API_ROOT}/routes-off/{route}/switch-on`,
      roles: READS_OPERATIONS,
      body: z.strictObject({}),
      response: offSchema,
      handle: async ({ params }) => {
        await desk.switchOn(params['route'] ?? '');
        return { status: 200, content: { items: await desk.routesOff() } };
      },
    }),
  ];
}

/** @throws ApiProblem */
function actorOf(user: Principal): AlertActor {
  const who = whoActs(user);
  if (!who)
    throw new ApiProblem(
      403,
      'no-identity',
      'The sign-in says no object id, by which people are told apart. Ask IT.',
    );
  const { kind, id, name } = who.by;
  return { kind: kind === 'system' ? 'system' : 'person', id, name };
}

function placeOf(params: Readonly<Record<string, string>>) {
  const date = businessDateSchema.safeParse(params['date']);
  const alertId = params['alert'] ?? '';
  if (!date.success || !/^alert_[0-9a-f]{32}$/.test(alertId)) throw unknownAlert();
  return { businessDate: date.data, alertId };
}

async function lifeOf(desk: AlertDesk, params: Readonly<Record<string, string>>) {
  const { businessDate, alertId } = placeOf(params);
  const life = await desk.get(businessDate, alertId);
  if (!life) throw unknownAlert();
  return life;
}

const unknownAlert = (): ApiProblem =>
  new ApiProblem(404, 'unknown-alert', 'There is no such alert of this business date.');
