import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { TransientError } from '../../shared/errors.ts';
import { apiRequest, principal } from '../support/close-api.ts';
import { letterNamed, letterWorld } from '../support/letter-world.ts';
import { OWN_FORM } from '../support/page-requests.ts';
import { silentLog } from '../support/stream-fixture.ts';

const API = '/operations/api';
const OPS = principal('olga', 'Operations');
const NAME = 'stock/one.json';
const ADDRESS = `${API}/letters/stock/one.json`;

interface Asked {
  readonly by?: string | undefined;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}
type World = ReturnType<typeof letterWorld>;

async function get({ api }: World, address: string, by: string | undefined = OPS) {
  const answer = await api(apiRequest('GET', address, { by }), silentLog);
  return { ...answer, json: JSON.parse(String(answer.body)) as Record<string, never> };
}

let keys = 0;
async function post({ api }: World, address: string, body: object, { by = OPS, key, headers }: Asked = {}) {
  const answer = await api(
    apiRequest('POST', address, {
      by,
      body: JSON.stringify(body),
      headers: {
        authorization: 'Bearer t',
        'content-type': 'application/json',
        'idempotency-key': key ?? `key-${(keys += 1)}-0000`,
        ...headers,
      },
    }),
    silentLog,
  );
  return { ...answer, json: JSON.parse(String(answer.body)) as Record<string, never> };
}

function worldWith(...names: string[]): World {
  const world = letterWorld();
  for (const name of names) world.bury(`stock/${name}.json`, letterNamed(name));
  return world;
}
const seenIn = async (world: World, address = ADDRESS): Promise<{ 'if-match': string }> => ({
  'if-match': (await get(world, address)).headers['etag'] ?? '',
});
const deedsOf = async (world: World, name = NAME) =>
  (await world.log.of(name)).map(({ action, by, reason }) => `${action} by ${by}: ${reason}`);

describe('reading', () => {
  test('letters by what they are, the newest first, page by page', async () => {
    const world = worldWith('one', 'two', 'three');
    world.bury('receive/four.json', letterNamed('four', { stage: 'receive', code: 'schema', storeId: 'S2' }));
    const names = async (query: string) =>
      ((await get(world, `${API}/letters${query}`)).json['items'] as unknown as { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await names('')).toEqual(['receive/four.json', 'stock/three.json', 'stock/two.json', NAME]);
    expect(await names('?code=schema&store=S2')).toEqual(['receive/four.json']);
    expect(await names('?stage=stock&limit=2&page=2')).toEqual([NAME]);
    const { json } = await get(world, `${API}/letters`);
    expect(JSON.stringify(json)).not.toContain('payload');
    expect((await get(world, `${API}/letters?stge=stock`)).status).toBe(400);
  });

  test('one letter with its payload, its deeds and its ETag', async () => {
    const world = worldWith('one');
    const { status, headers, json } = await get(world, ADDRESS);
    expect(status).toBe(200);
    expect(headers['etag']).toBe(world.letters.get(NAME)?.etag);
    expect(json).toMatchObject({ name: NAME, replayTo: 'hub', needsDecision: false, deeds: [] });
    expect(json['payload']).toContain('tillstream:one');
  });

  test.each([
    'originals/stock%2Fone.json%2F1.json',
    'spill/S1%2F~1.json',
    'replayed/one.json',
    'stock/..%2Fother.json',
    'stock/none.json',
    'stock/one',
  ])('what is no letter is not there: %s', async (address) => {
    expect((await get(worldWith('one'), `${API}/letters/${address}`)).status).toBe(404);
  });
});

describe('who may', () => {
  test.each([
    [undefined, 401],
    [principal('fritz', 'Finance.Read', 'Finance.Approve'), 403],
    [principal('sam', 'Store.Read.S1'), 403],
    [OPS, 200],
  ])('only the role Operations reads (%#)', async (by, status) => {
    const { api } = worldWith('one');
    for (const address of [`${API}/letters`, ADDRESS, `${API}/openapi.json`])
      expect((await api(apiRequest('GET', address, { by }), silentLog)).status).toBe(status);
  });

  test('nobody else orders anything, and no other site does in their name', async () => {
    const world = worldWith('one');
    const match = await seenIn(world);
    const body = { reason: 'fixed' };
    const finance = principal('fritz', 'Finance.Approve');
    const fromElsewhere = { authorization: undefined, 'sec-fetch-site': 'cross-site' };
    for (const path of ['replay', 'edit', 'discard']) {
      expect((await post(world, `${ADDRESS}/${path}`, body, { by: finance, headers: match })).status).toBe(
        403,
      );
      const cross = await post(world, `${ADDRESS}/${path}`, body, {
        headers: { ...match, ...fromElsewhere },
      });
      expect(cross.json).toMatchObject({ status: 403, code: 'cross-site' });
    }
    const bulk = { action: 'discard', filter: { stage: 'stock' }, expected: 1, reason: 'fixed' };
    expect((await post(world, `${API}/letters/bulk`, bulk, { by: finance })).status).toBe(403);
    expect(await world.orders.open()).toEqual([]);
  });
});

describe('one letter', () => {
  test('is replayed once, however often it is ordered with one key; who and why is kept', async () => {
    const world = worldWith('one');
    const asked = { key: 'key-of-olga-1', headers: await seenIn(world) };
    const first = await post(world, `${ADDRESS}/replay`, { reason: 'rule is fixed' }, asked);
    expect(first).toMatchObject({ status: 202, json: { letters: [{ name: NAME, state: 'open' }] } });
    const location = first.headers['location'] ?? '';
    expect(await post(world, `${ADDRESS}/replay`, { reason: 'rule is fixed' }, asked)).toMatchObject({
      status: 202,
      headers: { 'idempotency-replayed': 'true', location },
    });
    expect(world.replayed).toEqual([]);
    await world.work();
    await world.work();
    expect(world.replayed).toEqual(['tillstream:one']);
    expect(world.letters.size).toBe(0);
    expect(world.kept.has(`replayed/${NAME}`)).toBe(true);
    expect((await get(world, location)).json).toMatchObject({
      letters: [{ name: NAME, action: 'replay', state: 'done', detail: 'Replayed' }],
    });
    expect(await deedsOf(world)).toEqual(['replay by olga@example.com: rule is fixed']);
    // The answer is the same after it is done.
    expect((await post(world, `${ADDRESS}/replay`, { reason: 'rule is fixed' }, asked)).json).toMatchObject({
      letters: [{ state: 'done' }],
    });
  });

  test('a key is for one request', async () => {
    const world = worldWith('one');
    const asked = { key: 'key-of-olga-1', headers: await seenIn(world) };
    await post(world, `${ADDRESS}/replay`, { reason: 'rule is fixed' }, asked);
    expect((await post(world, `${ADDRESS}/discard`, { reason: 'rule is fixed' }, asked)).json).toMatchObject({
      status: 422,
      code: 'key-reused',
    });
    // The key of another person is another key.
    const other = { ...asked, by: principal('otto', 'Operations') };
    expect((await post(world, `${ADDRESS}/discard`, { reason: 'no sale' }, other)).status).toBe(202);
  });

  test('what was not looked at is not acted on', async () => {
    const world = worldWith('one');
    const body = { reason: 'rule is fixed' };
    expect((await post(world, `${ADDRESS}/replay`, body)).json).toMatchObject({
      status: 428,
      code: 'if-match',
    });
    expect((await post(world, `${ADDRESS}/replay`, body, { headers: { 'if-match': '*' } })).status).toBe(400);
    const headers = await seenIn(world);
    world.bury(NAME, letterNamed('one', { message: 'died again' }));
    const stale = await post(world, `${ADDRESS}/replay`, body, { headers });
    expect(stale).toMatchObject({ status: 412, json: { code: 'changed' } });
    expect(stale.headers['etag']).toBe(world.letters.get(NAME)?.etag);
  });

  test('one that dies again between order and deed stays, and the order says so', async () => {
    const world = worldWith('one');
    const { headers } = await post(
      world,
      `${ADDRESS}/discard`,
      { reason: 'a test sale' },
      { headers: await seenIn(world) },
    );
    world.bury(NAME, letterNamed('one', { message: 'died again' }));
    await world.work();
    expect(world.letters.has(NAME)).toBe(true);
    expect((await get(world, headers['location'] ?? '')).json).toMatchObject({
      letters: [{ state: 'left', detail: expect.stringContaining('has changed') as string }],
    });
  });

  test('an edit is checked at once, keeps what was before, and may be replayed with it', async () => {
    const world = worldWith('one');
    const headers = await seenIn(world);
    const payload = JSON.parse(world.letters.get(NAME)?.letter.payload ?? '') as Record<string, unknown>;
    const edit = (changed: object, more: object = {}) =>
      post(
        world,
        `${ADDRESS}/edit`,
        { reason: 'till was renamed', payload: JSON.stringify(changed), ...more },
        { headers },
      );
    expect((await edit({ ...payload, eventId: 'tillstream:other' })).json).toMatchObject({
      status: 422,
      code: 'edit-refused',
      where: '/eventId',
    });
    expect((await edit({ ...payload, receiptNumber: '4111 1111 1111 1111' })).status).toBe(422);
    expect((await edit(payload)).json).toMatchObject({ code: 'edit-refused', detail: 'Nothing is changed' });
    expect((await edit({ ...payload, tillId: 'T9' }, { replay: true })).status).toBe(202);
    await world.work();
    expect(world.kept.get(`originals/${NAME}`)?.payload).not.toContain('T9');
    expect(world.kept.get(`replayed/${NAME}`)?.payload).toContain('T9');
    expect(await deedsOf(world)).toEqual([
      'edit by olga@example.com: till was renamed',
      'replay by olga@example.com: till was renamed',
    ]);
    const [first] = await world.log.of(NAME);
    expect(first?.diff).toMatch(/^\/tillId: "[^"]+" -> "T9"$/);
  });

  test('one without a way back is not ordered', async () => {
    const world = letterWorld();
    world.bury(NAME, letterNamed('one', { replay: { to: 'nowhere' } }));
    const headers = await seenIn(world);
    expect((await post(world, `${ADDRESS}/replay`, { reason: 'please' }, { headers })).json).toMatchObject({
      status: 409,
      code: 'no-way-back',
    });
    expect((await post(world, `${ADDRESS}/discard`, { reason: 'seen' }, { headers })).status).toBe(202);
  });

  test('while the hub is away the order waits, and others go on', async () => {
    const world = worldWith('one', 'two');
    await post(world, `${ADDRESS}/replay`, { reason: 'fixed' }, { headers: await seenIn(world) });
    const two = `${API}/letters/stock/two.json`;
    await post(world, `${two}/discard`, { reason: 'no sale' }, { headers: await seenIn(world, two) });
    world.fault.ways = new TransientError('hub-unavailable', 'away');
    await world.work();
    expect([...world.letters.keys()]).toEqual([NAME]);
    expect((await world.orders.open()).map(({ letter }) => letter)).toEqual([NAME]);
    delete world.fault.ways;
    await world.work();
    expect(world.replayed).toEqual(['tillstream:one']);
  });
});

describe('many letters', () => {
  const bulk = (world: World, more: object = {}) =>
    post(world, `${API}/letters/bulk`, {
      action: 'replay',
      filter: { stage: 'stock' },
      reason: 'fixed',
      ...more,
    });

  test('are counted first, and done if as many are found; a person decides about some one by one', async () => {
    const world = worldWith('one', 'two', 'three');
    world.bury('stock/doubt.json', letterNamed('doubt', { code: 'conflict' }));
    world.bury('stock/record.json', letterNamed('record', { replay: { to: 'nowhere' } }));
    expect((await bulk(world)).json).toEqual({ matched: 3, forPerson: 2 });
    expect(await world.orders.open()).toEqual([]);
    expect((await bulk(world, { expected: 5 })).json).toMatchObject({
      status: 409,
      code: 'count-differs',
      matched: 3,
    });
    const { status, headers, json } = await bulk(world, { expected: 3 });
    expect({ status, matched: json['matched'] }).toEqual({ status: 202, matched: 3 });
    await world.work();
    expect([...world.replayed].sort()).toEqual(['tillstream:one', 'tillstream:three', 'tillstream:two']);
    expect([...world.letters.keys()]).toEqual(['stock/doubt.json', 'stock/record.json']);
    expect((await get(world, headers['location'] ?? '')).json['letters']).toHaveLength(3);
  });

  test('need a filter, a reason, and are not too many', async () => {
    const world = worldWith(...Array.from({ length: 101 }, (_, index) => `l${index}`));
    expect((await bulk(world, { filter: {} })).status).toBe(422);
    expect((await bulk(world, { reason: ' ' })).status).toBe(422);
    expect((await bulk(world, { expected: 100 })).json).toMatchObject({
      status: 422,
      code: 'too-many',
      matched: 101,
    });
  });
});

test('P8 killed anywhere: an order that is worked off by killed runs ends as if they had not been killed', async () => {
  class Killed extends Error {}
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('replay', 'discard', 'edit', 'edit-replay'), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(6), { maxLength: 6 }),
      async (actions, killsAfter) => {
        const left = { changes: Number.POSITIVE_INFINITY };
        const world = letterWorld(() => {
          left.changes -= 1;
          if (left.changes < 0) throw new Killed();
        });
        for (const [index, action] of actions.entries()) {
          const name = `l${index}`;
          world.bury(`stock/${name}.json`, letterNamed(name));
          const address = `${API}/letters/stock/${name}.json`;
          const headers = await seenIn(world, address);
          const payload = letterNamed(name).payload.replace('"tillId":"', '"tillId":"9');
          const [path = '', replays] = action.split('-');
          const body =
            path === 'edit'
              ? { reason: 'fixed', payload, replay: replays !== undefined }
              : { reason: 'fixed' };
          expect((await post(world, `${address}/${path}`, body, { headers })).status).toBe(202);
        }
        for (const after of killsAfter) {
          left.changes = after;
          // A kill ends the run wherever it is; nothing after it is done.
          await world.work().catch(() => {});
        }
        left.changes = Number.POSITIVE_INFINITY;
        await world.work();
        expect(await world.orders.open()).toEqual([]);
        for (const [index, action] of actions.entries()) {
          const name = `stock/l${index}.json`;
          const isReplayed = action.endsWith('replay');
          expect(world.letters.has(name)).toBe(action === 'edit');
          expect(world.kept.has(`replayed/${name}`)).toBe(isReplayed);
          expect(world.kept.has(`discarded/${name}`)).toBe(action === 'discard');
          expect(world.replayed.includes(`tillstream:l${index}`)).toBe(isReplayed);
          // Each deed is noted once, whoever did it how often.
          expect((await deedsOf(world, name)).map((deed) => deed.split(' ')[0])).toEqual(action.split('-'));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('the OpenAPI document has neither an error nor a warning for a public linter', async () => {
  const { json } = await get(worldWith(), `${API}/openapi.json`);
  expect(Object.keys(json['paths'] ?? {})).toEqual(
    expect.arrayContaining([
      `${API}/letters/{stage}/{letter}/edit`,
      `${API}/letters/bulk`,
      `${API}/orders/{order}`,
    ]),
  );
  const lint = JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', join(__dirname, '../fixtures/lint-openapi.ts')], {
      input: JSON.stringify(json),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', REDOCLY_TELEMETRY: 'off' },
    }),
  ) as unknown;
  expect(lint).toEqual([]);
});

describe('pages', () => {
  const page = async (
    { pages }: World,
    address: string,
    asked: Parameters<typeof apiRequest>[2] & { form?: object } = {},
  ) => {
    const { form, ...rest } = asked;
    const body = form && new URLSearchParams(form as Record<string, string>).toString();
    const headers = { ...OWN_FORM, ...rest.headers };
    const request = apiRequest(form ? 'POST' : 'GET', address, {
      by: OPS,
      ...rest,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const answer = await pages(request, silentLog);
    return { ...answer, text: String(answer.body) };
  };
  const PAGE = '/operations/letters/stock/one.json';
  const form = (world: World, more: object) => ({
    etag: world.letters.get(NAME)?.etag ?? '',
    key: 'key-of-a-form',
    reason: 'rule is fixed',
    ...more,
  });

  test('a letter is found, shown without a script of its payload, and replayed by a form', async () => {
    const world = letterWorld();
    world.bury(
      NAME,
      letterNamed('one', { payload: '{"note":"<script>alert(1)</script>"}', message: '<b>bold</b>' }),
    );
    const list = await page(world, '/operations/letters?code=fold');
    expect(list.text).toContain(`href="${PAGE}"`);
    expect((await page(world, '/operations/letters?code=other')).text).not.toContain(PAGE);
    const shown = await page(world, PAGE);
    expect(shown.status).toBe(200);
    expect(shown.text).not.toMatch(/<script|<b>bold/);
    expect(shown.text).toContain('&lt;script&gt;');
    const sent = await page(world, PAGE, { form: form(world, { action: 'replay' }) });
    expect(sent.status).toBe(303);
    expect((await page(world, sent.headers['location'] ?? '')).text).toContain('up to half a minute');
    await world.work();
    expect((await page(world, sent.headers['location'] ?? '')).text).toContain('It is done');
    expect((await page(world, PAGE)).status).toBe(404);
  });

  test('an edit that is refused comes back with what was entered', async () => {
    const world = worldWith('one');
    const refused = await page(world, PAGE, {
      form: form(world, { action: 'edit', payload: '{"kind":"nothing of ours"}' }),
    });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('nothing of ours');
    expect(refused.text).toContain('role="alert"');
    const payload = letterNamed('one').payload.replace('"tillId":"', '"tillId":"9');
    expect((await page(world, PAGE, { form: form(world, { action: 'edit-replay', payload }) })).status).toBe(
      303,
    );
    await world.work();
    expect(world.kept.get(`replayed/${NAME}`)?.payload).toContain('"tillId":"9');
  });

  test('nothing without the role, a reason, a fresh look, or from another site', async () => {
    const world = worldWith('one');
    const asked = form(world, { action: 'discard' });
    expect((await page(world, PAGE, { by: principal('fritz', 'Finance.Approve'), form: asked })).status).toBe(
      403,
    );
    expect(
      (await page(world, PAGE, { form: asked, headers: { 'sec-fetch-site': 'cross-site' } })).status,
    ).toBe(403);
    expect((await page(world, PAGE, { form: { ...asked, reason: '' } })).status).toBe(409);
    expect((await page(world, PAGE, { form: { ...asked, etag: '"0x8D99"' } })).text).toContain(
      'decide again',
    );
    expect((await page(world, PAGE, { form: { ...asked, action: 'delete' } })).status).toBe(409);
    expect(await world.orders.open()).toEqual([]);
  });
});
