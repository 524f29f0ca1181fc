import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { principalOf } from '../../functions/reconcile/pages/principal.ts';
import { eventId, storeId } from '../../shared/ids.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { apiRequest, closeApi, listIn, principal } from '../support/close-api.ts';
import { reconcileWorld, type ReconcileWorld } from '../support/reconcile-world.ts';

const API = '/finance/api';
const S1 = `${API}/days/${DATE}/stores/S1`;
const ADA = principal('ada', 'Finance.Read');
const CLEO = principal('cleo', 'Finance.Approve');
const saleOf = (id: string, store: string, netMinor = 1_000) =>
  sale(id, netMinor, { storeId: storeId(store), eventId: eventId(`tillstream:${store}-${id}`) });

/** S1 has sales that are missing in the ledger; S2 agrees. */
async function worldWith(missing: number): Promise<ReconcileWorld> {
  const world = reconcileWorld({ storesPerShard: 10 });
  const posted = [saleOf('a', 'S1'), saleOf('b', 'S2')];
  const lost = Array.from({ length: missing }, (_, index) => saleOf(`m${index}`, 'S1', 2_000 + index));
  await world.land([...posted, ...lost]);
  world.putLedger(
    'a.csv',
    posted.flatMap((one) => postedEach(one, { storeDimension: one.storeId })),
  );
  await world.plan();
  await world.drain();
  return world;
}

test('a day is worked off and signed by two people, each step once and in the history', async () => {
  const world = await worldWith(1);
  const api = closeApi(world);
  const days = await api.get(`${API}/days`);
  expect(days.json['items']).toEqual([
    { businessDate: DATE, stores: 2, states: { exceptions: 1, ties: 1 }, unanswered: 1 },
  ]);
  const day = await api.get(S1);
  expect(day.json).toMatchObject({
    state: 'exceptions',
    unanswered: 1,
    blockers: [{ code: 'open-exceptions' }],
  });
  const blocked = await api.post(
    `${S1}/actions`,
    { action: 'prepare' },
    { headers: { 'if-match': day.headers['etag'] } },
  );
  expect([blocked.status, blocked.json['code'], listIn(blocked.json, 'blockers')[0]?.['code']]).toEqual([
    409,
    'blocked',
    'open-exceptions',
  ]);

  const [item] = listIn((await api.get(`${API}/exceptions?status=unanswered`)).json);
  if (!item) throw new Error('there is one');
  expect(item).toMatchObject({ category: 'missing-in-ledger', storeId: 'S1', currency: 'EUR', ageDays: 8 });
  const at = `${S1}/exceptions/${item['itemId']}`;
  const explain = {
    action: 'explain',
    reasonCode: 'timing',
    text: 'card 4111 1111 1111 1111, post tomorrow',
  };
  const once = { headers: { 'if-match': item['etag'], 'idempotency-key': 'intention-1' } };
  const explained = await api.post(`${at}/actions`, explain, once);
  expect(explained.json).toMatchObject({
    status: 'explained',
    reason: { text: 'card [card 1111], post tomorrow' },
  });
  const again = await api.post(`${at}/actions`, explain, once);
  expect([again.status, again.headers['idempotency-replayed'], again.json]).toEqual([
    200,
    'true',
    explained.json,
  ]);
  const other = await api.post(`${at}/actions`, { ...explain, text: 'else' }, once);
  expect([other.status, other.json['code']]).toEqual([422, 'key-reused']);
  const late = await api.post(
    `${at}/actions`,
    { action: 'assign', assignee: 'ben' },
    { headers: { 'if-match': item['etag'] } },
  );
  expect([late.status, late.json['code'], late.headers['etag']]).toEqual([
    412,
    'changed',
    explained.headers['etag'],
  ]);

  const seen = { headers: { 'if-match': (await api.get(S1)).headers['etag'] } };
  const prepared = await api.post(`${S1}/actions`, { action: 'prepare' }, seen);
  expect(prepared.json).toMatchObject({ state: 'prepared', prepared: { by: { id: 'ada' } }, blockers: [] });
  const now = { 'if-match': prepared.headers['etag'] };
  const own = await api.post(
    `${S1}/actions`,
    { action: 'sign-off' },
    { headers: now, by: principal('ada', 'Finance.Approve') },
  );
  expect([own.status, own.json['code']]).toEqual([409, 'same-person']);
  const without = await api.post(
    `${S1}/actions`,
    { action: 'sign-off' },
    { headers: now, by: principal('ben', 'Finance.Read') },
  );
  expect([without.status, without.json['code']]).toEqual([403, 'approval-needed']);
  const signed = await api.post(`${S1}/actions`, { action: 'sign-off' }, { headers: now, by: CLEO });
  expect(signed.json).toMatchObject({ state: 'signed-off', signedOff: { by: { id: 'cleo' } } });
  const history = listIn((await api.get(`${S1}/history`)).json).map((entry) => entry['what']);
  expect(history).toEqual(['reported', 'opened', 'explained', 'prepared', 'signed-off']);

  // A late sale takes it back, and says which totals it changed. Until it is reconciled, S1 says so; S2 is not touched.
  await world.land([saleOf('late', 'S1', 500)]);
  expect((await api.get(S1)).json['blockers']).toMatchObject([{ code: 'newer-data' }]);
  expect((await api.get(`${API}/days/${DATE}/stores/S2`)).json['blockers']).toEqual([]);
  await world.plan();
  await world.drain();
  const reopened = (await api.get(S1)).json;
  expect(reopened).toMatchObject({
    state: 'reopened',
    withdrawal: { was: 'signed-off', changes: { documents: [2, 3] } },
  });
  const revenue = listIn(reopened['withdrawal']!['changes']!, 'cells').find(
    (cell) => cell['account'] === '401000',
  );
  expect(revenue).toMatchObject({
    posBefore: -3_000,
    posAfter: -3_500,
    ledgerBefore: -1_000,
    ledgerAfter: -1_000,
  });
  expect((await api.get(`${API}/days/${DATE}/stores/S2`)).json['state']).toBe('ties');
});

test('one command for many: counted first, at most as many as were seen, and once', async () => {
  const api = closeApi(await worldWith(90));
  const command = { action: 'accept', reasonCode: 'immaterial' };
  const filter = { from: DATE, to: DATE, store: 'S1', status: 'unanswered' };
  const address = `${API}/exceptions/bulk`;
  const counted = await api.post(address, { filter, command });
  const matched = Number(counted.json['matched']);
  expect(counted.json).toMatchObject({ changed: 0 });
  expect(matched).toBeGreaterThan(0);
  const wrong = await api.post(address, { filter, command, expected: matched + 1 });
  expect([wrong.status, wrong.json['code'], wrong.json['matched']]).toEqual([409, 'count-differs', matched]);
  const same = { headers: { 'idempotency-key': 'bulk-0001' } };
  const first = await api.post(address, { filter, command, expected: matched }, same);
  expect(first.json).toEqual({ matched, changed: matched, skipped: [] });
  const second = await api.post(address, { filter, command, expected: matched }, same);
  expect(second.json).toEqual(first.json);
  const misspelled = await api.post(address, { filter: { ...filter, catgory: 'x' }, command, expected: 0 });
  expect([misspelled.status, misspelled.json['code']]).toEqual([422, 'schema']);
});

test('of two who prepare at once one wins, and the other is told', async () => {
  const api = closeApi(await worldWith(0));
  const headers = { 'if-match': (await api.get(S1)).headers['etag'] };
  const both = await Promise.all(
    ['ada', 'ben'].map((id) =>
      api.post(`${S1}/actions`, { action: 'prepare' }, { headers, by: principal(id, 'Finance.Read') }),
    ),
  );
  expect(both.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 412]);
});

test('a reader of one store sees that store alone, and changes nothing', async () => {
  const api = closeApi(await worldWith(1));
  const reader = principal('eve', 'Store.Read.S2');
  expect((await api.get(`${API}/days`, reader)).json['items']).toMatchObject([{ stores: 1, unanswered: 0 }]);
  expect((await api.get(`${API}/exceptions?status=any`, reader)).json['items']).toEqual([]);
  expect((await api.get(S1, reader)).status).toBe(404);
  const post = await api.post(`${API}/days/${DATE}/stores/S2/actions`, { action: 'prepare' }, { by: reader });
  expect([post.status, post.json['code']]).toEqual([403, 'role-missing']);
});

test.each([
  ['no key', { 'idempotency-key': '' }, 400, 'idempotency-key'],
  ['no version', { 'if-match': undefined }, 428, 'if-match'],
  ['a weak version', { 'if-match': 'W/"v1"' }, 400, 'if-match'],
  ['from another site', { authorization: undefined, 'sec-fetch-site': 'cross-site' }, 403, 'cross-site'],
  ['from nowhere', { authorization: undefined }, 403, 'cross-site'],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'content-type'],
])('a command with %s is refused, and says what to send', async (_what, headers, status, code) => {
  const api = closeApi(await worldWith(0));
  const answer = await api.post(
    `${S1}/actions`,
    { action: 'prepare' },
    { headers: { 'if-match': '"v1"', ...headers } },
  );
  expect([answer.status, answer.json['code']]).toEqual([status, code]);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect((await api.get(S1)).json['state']).toBe('ties');
});

test.each([
  [`${API}/exceptions?catgory=x`, 400, 'query'],
  [`${API}/exceptions?store=S1&store=S2`, 400, 'query'],
  [`${API}/days?limit=1000`, 400, 'query'],
  [`${API}/nowhere`, 404, 'unknown-path'],
  [`${API}/days/monday/stores/S1`, 404, 'unknown-day'],
  [`${API}/days/${DATE}/stores/S9`, 404, 'unknown-day'],
  [`${S1}/exceptions/0000000000000000`, 404, 'unknown-exception'],
])('GET %s: %s %s', async (address, status, code) => {
  const answer = await closeApi(await worldWith(0)).get(address);
  expect([answer.status, answer.json['code']]).toEqual([status, code]);
});

test('a stranger gets a problem, and no redirect', async () => {
  const api = closeApi(await worldWith(0));
  expect((await api.send(apiRequest('GET', `${API}/days`, {}))).status).toBe(401);
});

test('lists have pages, with the filters in the address of the next', async () => {
  const api = closeApi(await worldWith(3));
  const first = await api.get(`${API}/exceptions?store=S1&limit=1`);
  expect(first.json['next']).toBe(`${API}/exceptions?store=S1&limit=1&page=2`);
  expect(first.json['items']).toHaveLength(1);
});

test('a day that a version without a workflow reconciled is followed as soon as somebody looks', async () => {
  const world = await worldWith(1);
  // As if its run had known nothing of the workflow.
  const { workflow } = reconcileWorld().parts;
  const fresh = closeApi({ parts: { ...world.parts, workflow } });
  expect((await fresh.get(S1, ADA)).json).toMatchObject({ state: 'exceptions', unanswered: 1 });
});

test('dates without a report are collecting until they end, and ready then', async () => {
  const world = reconcileWorld({ nowMs: Date.parse('2026-03-03T02:59:00Z') });
  await world.land([saleOf('a', 'S1')]);
  const api = closeApi(world);
  const states = async () =>
    listIn((await api.get(`${API}/days/${DATE}/stores`)).json).map((day) => day['state']);
  expect(await states()).toEqual(['collecting']);
  world.nowMs = Date.parse('2026-03-03T03:00:00Z');
  expect(await states()).toEqual(['ready']);
});

test('an application is told from a person by its token', () => {
  const of = (...claims: [string, string][]) =>
    principalOf(
      Buffer.from(JSON.stringify({ claims: claims.map(([typ, val]) => ({ typ, val })) })).toString('base64'),
    );
  expect(of(['oid', 'x'], ['idtyp', 'app'])?.isApplication).toBe(true);
  expect(of(['oid', 'x'], ['azpacr', '1'])?.isApplication).toBe(true);
  expect(of(['oid', 'x'], ['azpacr', '1'], ['scp', 'user_impersonation'])?.isApplication).toBeUndefined();
  expect(of(['oid', 'x'], ['name', 'Ada'])).toMatchObject({ id: 'x', name: 'Ada' });
  expect(of(['name', 'Ada'])?.id).toBeUndefined();
});

test('its OpenAPI document has neither an error nor a warning for a public linter', async () => {
  const { json } = await closeApi(await worldWith(0)).get(`${API}/openapi.json`);
  const lint = (source: unknown): { ruleId: string; message: string; at?: string }[] =>
    JSON.parse(
      execFileSync(process.execPath, ['--import', 'tsx', join(__dirname, '../fixtures/lint-openapi.ts')], {
        input: JSON.stringify(source),
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', REDOCLY_TELEMETRY: 'off' },
      }),
    ) as { ruleId: string; message: string; at?: string }[];
  expect(Object.keys(json['paths'] ?? {})).toContain(`${API}/days/{date}/stores/{store}/actions`);
  expect(lint(json)).toEqual([]);
  const broken = JSON.parse(JSON.stringify(json).replace('"list-days"', '"openapi"')) as unknown;
  expect(lint(broken).map(({ ruleId }) => ruleId)).toContain('operation-operationId-unique');
});
