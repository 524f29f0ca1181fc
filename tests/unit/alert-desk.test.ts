/** The board of alerts, its forms, and the API behind it: who may do what, and what a repeat does. */
import { alertPageRoutes } from '../../functions/reconcile/pages/alerts.ts';
import { alertRoutes } from '../../functions/reconcile/pages/api/alert-routes.ts';
import { createApi } from '../../functions/reconcile/pages/api/api-router.ts';
import { OPERATIONS_API, openApiRoute } from '../../functions/reconcile/pages/api/openapi.ts';
import { operationsRoutes } from '../../functions/reconcile/pages/operations.ts';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { deskWith, MORNING } from '../support/alert-lives.ts';
import { pageParts } from '../support/page-parts.ts';
import { OWN_FORM, pageRequest } from '../support/page-requests.ts';
import { principal } from '../support/close-api.ts';
import { silentLog } from '../support/stream-fixture.ts';

const OPS = principal('Ole', 'Operations');
const [milk, cash, , , , over] = MORNING.map(([alert]) => alert);
const place = (of = milk) => `/operations/alerts/${of?.businessDate}/${of?.alertId}`;
const apiPlace = (of = milk) => `/operations/api/alerts/${of?.businessDate}/${of?.alertId}`;

async function world(lives = MORNING) {
  const made = await deskWith(lives);
  const { parts } = pageParts(made.desk);
  const routes = alertRoutes(made.desk);
  const api = createApi([...routes, openApiRoute(routes, '/', OPERATIONS_API)]);
  const pages = createPages([...operationsRoutes(parts), ...alertPageRoutes(parts)], api);
  const get = async (path: string, query: Record<string, string> = {}, by: string | undefined = OPS) => {
    const address =
      Object.keys(query).length === 0 ? path : `${path}?${new URLSearchParams(query).toString()}`;
    const { status, body, headers } = await pages(
      { ...pageRequest(path, { by, query }), address },
      silentLog,
    );
    return { status, headers, body: String(body) };
  };
  const post = async (
    path: string,
    form: Record<string, string>,
    by: string | undefined = OPS,
    headers: Record<string, string> = OWN_FORM,
  ) => {
    const body = new URLSearchParams(form).toString();
    const answer = await pages(pageRequest(path, { method: 'POST', by, headers, body }), silentLog);
    return { ...answer, body: String(answer.body) };
  };
  const call = async (
    path: string,
    content: unknown,
    headers: Record<string, string> = {},
    by: string | undefined = OPS,
  ) => {
    const all = {
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
      'idempotency-key': 'key-12345678',
      ...headers,
    };
    const request = pageRequest(path, { method: 'POST', by, headers: all, body: JSON.stringify(content) });
    const answer = await pages({ ...request, address: path }, silentLog);
    return {
      status: answer.status,
      headers: answer.headers,
      content: JSON.parse(String(answer.body)) as Record<string, unknown>,
    };
  };
  const state = async (of = milk) =>
    (await made.desk.get(of?.businessDate as never, of?.alertId ?? ''))?.state;
  return { ...made, get, post, call, state };
}

describe('the board', () => {
  test('alerts by store, the store of the most urgent first, with what each can be answered', async () => {
    const { get } = await world();
    const { body, status } = await get('/operations');
    expect(status).toBe(200);
    const order = MORNING.map(([{ title }]) => body.indexOf(title.replace('<', '&lt;').replace('>', '&gt;')));
    const [first, acknowledged, snoozed, muted, escalated, ended] = order as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    expect(escalated).toBeGreaterThan(0);
    expect([escalated < first, first < snoozed, snoozed < acknowledged, acknowledged < muted, ended]).toEqual(
      [true, true, true, true, -1],
    );
    expect(body).toContain('aria-label="Acknowledge: Out of stock: Milk &lt;fresh&gt; 1 l in S1"');
    expect(body).toContain('Acknowledged, by Anna Schmidt at 2026-03-10 07:22 UTC.');
    expect(body).toContain('Raised 2026-03-10 08:12 (Europe/Berlin)');
    expect(body).toContain('Not ended 5');
    expect(body).not.toContain('<script');
  });

  test.each([
    [{ state: 'cleared' }, ['Cash over by 6.00']],
    [{ store: 'S2' }, ['Cash short by 23.40', '1 number is missing']],
    [{ severity: 'critical' }, ['Out of stock']],
    [{ kind: 'sequence-gap', state: 'all' }, ['1 number is missing']],
    [{ store: 'S2', severity: 'critical' }, []],
    [
      { state: 'nonsense', page: '-3' },
      ['Out of stock', 'Cash short', '6 openings', '1 number', '3 refunds'],
    ],
  ] as [Record<string, string>, string[]][])(
    'the address %j shows just what it says',
    async (query, expected) => {
      const { get } = await world();
      const { body } = await get('/operations', query);
      const board = body.slice(body.indexOf('id="alerts"'), body.indexOf('Days that finance'));
      const shown = MORNING.filter(([{ title }]) =>
        board.includes(title.replace('<', '&lt;').replace('>', '&gt;')),
      );
      expect(shown).toHaveLength(expected.length);
      for (const title of expected) expect(board).toContain(title);
      if (expected.length === 0) expect(board).toContain('No alert fits this filter.');
    },
  );

  test('without alerts it says that all is quiet; a route that is off and a damaged row are said above', async () => {
    const { get, switches, table } = await world([]);
    expect((await get('/operations')).body).toContain('No alerts. All is quiet.');
    await switches.switchOff({ name: 'old', channel: 'webhook' }, '', {
      at: '2026-03-09T10:00:00.000Z',
      reason: 'it answered 410',
    });
    await table.client.createEntity({ partitionKey: 'live', rowKey: 'alert broken', t0: '{' });
    const { body } = await get('/operations');
    expect(body).toContain('Route old is switched off.');
    expect(body).toContain('1 alert cannot be read');
  });
});

describe('the forms', () => {
  const acknowledge = { action: 'acknowledge', key: 'form-key-1', back: '/operations?store=S1' };

  test('an answer is carried out and goes back to where it was given; the same form again changes nothing', async () => {
    const { post, desk } = await world();
    for (let times = 0; times < 2; times += 1) {
      const { status, headers } = await post(place(), acknowledge);
      expect([status, headers['location']]).toEqual([303, `/operations?store=S1#${milk?.alertId}`]);
    }
    const life = await desk.get(milk?.businessDate as never, milk?.alertId ?? '');
    expect(life).toMatchObject({
      state: 'acknowledged',
      version: 2,
      by: { kind: 'person', name: 'Ole@example.com' },
    });
  });

  test.each([
    ['snooze', { minutes: '240' }, 'snoozed'],
    ['mute', { days: '7' }, 'muted'],
    ['escalate', {}, 'escalated'],
    ['clear', { reason: 'done' }, 'cleared'],
    ['assign', { to: 'Ben' }, 'open'],
  ] as const)('%s', async (action, fields, expected) => {
    const { post, state, get } = await world();
    expect((await post(place(), { action, key: 'form-key-1', ...fields })).status).toBe(303);
    expect(await state()).toBe(expected);
    const { body } = await get(place());
    expect(body).toContain('Every step, newest first');
    if (action === 'assign') expect(body).toContain('Assigned to Ben.');
  });

  test.each([
    ['another site', acknowledge, OPS, { ...OWN_FORM, 'sec-fetch-site': 'cross-site' }, 403],
    [
      'a page that does not say where it is',
      acknowledge,
      OPS,
      { 'content-type': OWN_FORM['content-type'] },
      403,
    ],
    ['finance', acknowledge, principal('Fin', 'Finance.Approve'), OWN_FORM, 403],
    ['a stranger', acknowledge, '', OWN_FORM, 401],
    ['a form without a key', { ...acknowledge, key: '' }, OPS, OWN_FORM, 400],
    ['an action that there is not', { ...acknowledge, action: 'delete' }, OPS, OWN_FORM, 400],
    ['a snooze without a time', { ...acknowledge, action: 'snooze', minutes: 'long' }, OPS, OWN_FORM, 400],
  ] as const)('%s changes nothing', async (_what, form, by, headers, status) => {
    const { post, state } = await world();
    expect((await post(place(), form, by, headers)).status).toBe(status);
    expect(await state()).toBe('open');
  });

  test('a refusal says who was first, and a way back leads nowhere else', async () => {
    const { post } = await world();
    const refused = await post(place(cash), { ...acknowledge, key: 'form-key-2' });
    expect([refused.status, refused.body]).toEqual([
      409,
      expect.stringContaining('Anna Schmidt has acknowledged it'),
    ]);
    expect((await post(place(over), { ...acknowledge, key: 'form-key-3' })).body).toContain(
      'It is over since',
    );
    for (const back of [
      'https://evil.example',
      '//evil.example',
      '/operations@evil.example',
      '/operations?x=1\r\nset-cookie: a=b',
    ])
      expect(
        (
          await post(place(), {
            ...acknowledge,
            action: 'assign',
            to: back.slice(0, 30),
            key: `key-${back.length}-x`,
            back,
          })
        ).headers['location'],
      ).toBe(`/operations#${milk?.alertId}`);
  });

  test('an alert that there is not is not found', async () => {
    const { get, post } = await world();
    expect((await get('/operations/alerts/2026-03-10/alert_x')).status).toBe(404);
    expect((await post(`/operations/alerts/2026-03-10/alert_${'0'.repeat(32)}`, acknowledge)).status).toBe(
      404,
    );
  });
});

describe('the API', () => {
  test('lists, shows and answers by the same rules, and describes itself', async () => {
    const { get, call, state } = await world();
    const list = JSON.parse((await get('/operations/api/alerts', { store: 'S1', state: 'open' })).body) as {
      items: object[];
      total: number;
    };
    expect(list).toMatchObject({
      total: 1,
      items: [{ alertId: milk?.alertId, state: 'open', severity: 'critical', etag: '"v1"' }],
    });
    const done = await call(`${apiPlace()}/actions`, { action: 'snooze', minutes: 30, reason: 'on its way' });
    expect([done.status, done.content['state'], done.headers['etag']]).toEqual([200, 'snoozed', '"v2"']);
    const again = await call(`${apiPlace()}/actions`, {
      action: 'snooze',
      minutes: 30,
      reason: 'on its way',
    });
    expect([again.status, again.headers['idempotency-replayed'], again.headers['etag']]).toEqual([
      200,
      'true',
      '"v2"',
    ]);
    expect(await state()).toBe('snoozed');
    const history = JSON.parse((await get(`${apiPlace()}/history`)).body) as { items: object[] };
    expect(history.items).toMatchObject([
      { what: 'raised' },
      { what: 'snoozed', by: { kind: 'person', id: expect.any(String) as string, name: 'Ole@example.com' } },
    ]);
    const document = JSON.parse((await get('/operations/api/openapi.json')).body) as { paths: object };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/operations/api/alerts', '/operations/api/alerts/{date}/{alert}/actions']),
    );
  });

  test.each([
    ['no body that fits', { action: 'snooze' }, {}, OPS, 422, 'schema'],
    ['an unknown field', { action: 'acknowledge', extra: 1 }, {}, OPS, 422, 'schema'],
    ['no key', { action: 'acknowledge' }, { 'idempotency-key': '' }, OPS, 400, 'idempotency-key'],
    ['another site', { action: 'acknowledge' }, { 'sec-fetch-site': 'cross-site' }, OPS, 403, 'cross-site'],
    ['finance', { action: 'acknowledge' }, {}, principal('Fin', 'Finance.Read'), 403, 'role-missing'],
    ['a stranger', { action: 'acknowledge' }, {}, '', 401, 'signed-out'],
  ] as const)('%s is refused', async (_what, content, headers, by, status, code) => {
    const { call, state } = await world();
    const answer = await call(`${apiPlace()}/actions`, content, headers, by);
    expect([answer.status, answer.content['code']]).toEqual([status, code]);
    expect(await state()).toBe('open');
  });

  test('what is over stays over', async () => {
    const { call } = await world();
    const answer = await call(`${apiPlace(over)}/actions`, { action: 'acknowledge' });
    expect([answer.status, answer.content['code']]).toEqual([409, 'already-over']);
  });

  test('a route that is off is listed and switched on', async () => {
    const { get, call, switches } = await world();
    await switches.switchOff({ name: 'old', channel: 'webhook' }, '', {
      at: '2026-03-09T10:00:00.000Z',
      reason: 'it answered 410',
    });
    expect(JSON.parse((await get('/operations/api/routes-off')).body)).toMatchObject({
      items: [{ route: 'old' }],
    });
    expect((await call('/operations/api/routes-off/old/switch-on', {})).content).toEqual({ items: [] });
  });
});
