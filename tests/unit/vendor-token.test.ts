import { vendorTokens, type TokenParts } from '../../functions/webhooks/vendor-token.ts';
import { tableKeptTokens } from '../../shared/azure/kept-tokens.ts';
import { TransientError } from '../../shared/errors.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { Hydration } from '../../shared/pos/sources/source.ts';
import { memoryTable, type MemoryTable } from '../support/memory-table.ts';
import { tokenParts } from '../support/token-parts.ts';

const START_MS = Date.parse('2026-03-02T12:00:00Z');
const hydrationOf = (source: string): Hydration => sourceNamed(source)?.hydration as Hydration;
const API = {
  toast: 'https://toast.example',
  clover: 'https://clover.example/',
  'lightspeed-x': 'https://acme.example',
};

/** A vendor whose refresh tokens work once; all instances share the table. */
function vendorWith(options: { status?: () => number } = {}) {
  const clock = { nowMs: START_MS };
  const table: MemoryTable = memoryTable();
  const posted: { url: string; body: string }[] = [];
  let valid = 'first';
  let given = 0;
  const fetchFrom: typeof fetch = (input, init) => {
    const body = init?.body instanceof URLSearchParams ? init.body.toString() : (init?.body as string);
    posted.push({ url: input as string, body });
    const status = options.status?.() ?? 200;
    if (status !== 200) return Promise.resolve(new Response('{}', { status }));
    if (body.includes('clientSecret')) {
      given += 1;
      return Promise.resolve(Response.json({ token: { accessToken: `access ${given}`, expiresIn: 86_400 } }));
    }
    const { refresh_token: refresh } = body.startsWith('{')
      ? (JSON.parse(body) as Record<string, string>)
      : Object.fromEntries(new URLSearchParams(body));
    if (refresh !== valid) return Promise.resolve(new Response('{}', { status: 401 }));
    given += 1;
    valid = `refresh-${given}`;
    const ends = { access_token_expiration: Math.floor(clock.nowMs / 1_000) + 1_800, expires_in: undefined };
    return Promise.resolve(Response.json({ access_token: `access ${given}`, refresh_token: valid, ...ends }));
  };
  const instance = (more: Partial<TokenParts> = {}) =>
    vendorTokens(
      tokenParts(() => clock.nowMs, {
        kept: tableKeptTokens(table.client),
        fetchFrom,
        apiUrls: API,
        pause: (ms) => {
          clock.nowMs += ms;
          return Promise.resolve();
        },
        ...more,
      }),
    );
  return { clock, table, posted, instance };
}

test.each([
  ['toast', 'client secret', 'https://toast.example/authentication/v1/authentication/login', 'json'],
  ['clover', 'client first', 'https://clover.example/oauth/v2/refresh', 'json'],
  ['lightspeed-x', 'client secret first', 'https://acme.example/api/1.0/token', 'form'],
] as const)(
  '%s: a secret is exchanged at the API in use, once for all instances',
  async (source, secret, url, kind) => {
    const { posted, instance, clock } = vendorWith();
    const instances = [instance(), instance(), instance()];
    const of = (at: number) => instances[at]!.of(source, hydrationOf(source), secret);
    expect(await Promise.all([of(0), of(1), of(2), of(0)])).toEqual(
      Array.from({ length: 4 }, () => 'access 1'),
    );
    expect(posted).toHaveLength(1);
    expect(posted[0]?.url).toBe(url);
    expect(posted[0]?.body.startsWith('{')).toBe(kind === 'json');
    clock.nowMs += 86_400_000;
    expect(await of(2)).toBe('access 2');
    expect(await of(0)).toBe('access 2');
    expect(posted).toHaveLength(2);
  },
);

test.each(['toast', 'clover', 'lightspeed-x', 'square'])(
  '%s: a token in the secret is taken as it is',
  async (source) => {
    const { posted, instance } = vendorWith();
    expect(await instance().of(source, hydrationOf(source), 'a-token')).toBe('a-token');
    expect(posted).toEqual([]);
  },
);

test('what is kept is sealed: the table holds neither secret nor token, and another secret opens nothing', async () => {
  const { table, instance } = vendorWith();
  await instance().of('clover', hydrationOf('clover'), 'client first');
  const stored = JSON.stringify(table.rows('clover'));
  for (const told of ['access 1', 'refresh-1', 'first', 'client']) expect(stored).not.toContain(told);
  const [[rowKey, row]] = Object.entries(table.rows('clover')) as [[string, Record<string, unknown>]];
  await table.client.upsertEntity({ partitionKey: 'clover', rowKey, ...row, sealed: 'AAAA' }, 'Replace');
  // What was changed counts as not there, and the secret's own refresh token is spent.
  await expect(instance().of('clover', hydrationOf('clover'), 'client first')).rejects.toMatchObject({
    code: 'vendor-unauthorized',
  });
});

test('an instance that is killed while it exchanges holds the others up for a minute at most', async () => {
  const { clock, table, instance } = vendorWith();
  const kept = tableKeptTokens(table.client);
  const lockedUntilMs = START_MS + 60_000;
  await kept.put('toast', 'client secret', { untilMs: 0, sinceMs: 0, refusedUntilMs: 0, lockedUntilMs });
  const of = () => instance().of('toast', hydrationOf('toast'), 'client secret');
  await expect(of()).rejects.toMatchObject({ code: 'vendor-unavailable', retryAfterMs: 60_000 });
  clock.nowMs = lockedUntilMs;
  expect(await of()).toBe('access 1');
});

test('a secret that is refused is not tried over and over; a new one is tried at once', async () => {
  let status = 401;
  const { posted, instance, clock } = vendorWith({ status: () => status });
  const of = (secret: string) => instance().of('toast', hydrationOf('toast'), secret);
  await expect(of('client wrong')).rejects.toMatchObject({ code: 'vendor-unauthorized' });
  await expect(of('client wrong')).rejects.toMatchObject({
    code: 'vendor-unauthorized',
    retryAfterMs: 1_800_000,
  });
  expect(posted).toHaveLength(1);
  status = 200;
  expect(await of('client right')).toBe('access 1');
  clock.nowMs += 1_800_000;
  expect(await of('client wrong')).toBe('access 2');
});

test('an outage of the vendor is no refusal', async () => {
  let status = 503;
  const { instance } = vendorWith({ status: () => status });
  const of = () => instance().of('toast', hydrationOf('toast'), 'client secret');
  await expect(of()).rejects.toMatchObject({ code: 'vendor-unavailable' });
  status = 200;
  expect(await of()).toBe('access 1');
});

test('a token that the vendor refuses before its end is exchanged anew, but not within half an hour', async () => {
  const { clock, instance } = vendorWith();
  const tokens = instance();
  const access = hydrationOf('toast');
  const of = () => tokens.of('toast', access, 'client secret');
  expect(await of()).toBe('access 1');
  await tokens.refused('toast', access, 'client secret', 'access 1');
  expect(await of()).toBe('access 1');
  clock.nowMs += 1_800_000;
  await tokens.refused('toast', access, 'client secret', 'access 0');
  expect(await of()).toBe('access 1');
  await tokens.refused('toast', access, 'client secret', 'access 1');
  expect(await of()).toBe('access 2');
});

test('a refresh token is kept before the access token is used, however often the table fails', async () => {
  const { table, instance } = vendorWith();
  const kept = tableKeptTokens(table.client);
  let writes = 0;
  const failing = {
    ...kept,
    put: (...given: Parameters<typeof kept.put>) => {
      writes += 1;
      // The lock is written, and then the table is away for a while.
      if (writes > 1 && writes < 6) return Promise.reject(new TransientError('table-unavailable', 'away'));
      return kept.put(...given);
    },
  };
  const of = (tokens: ReturnType<typeof instance>) =>
    tokens.of('clover', hydrationOf('clover'), 'client first');
  expect(await of(instance({ kept: failing }))).toBe('access 1');
  expect(await of(instance())).toBe('access 1');
});

test('NangoHQ/nango#6237: Toast gives the same token until its last minute, which is no reason to log in over and over', async () => {
  const clock = { nowMs: START_MS };
  const endMs = START_MS + 90_000;
  let logins = 0;
  const fetchFrom: typeof fetch = () => {
    logins += 1;
    const isOld = clock.nowMs < endMs - 60_000;
    const lastsS = isOld ? (endMs - clock.nowMs) / 1_000 : 86_400;
    return Promise.resolve(
      Response.json({ token: { accessToken: isOld ? 'old' : 'new', expiresIn: lastsS } }),
    );
  };
  const tokens = vendorTokens(tokenParts(() => clock.nowMs, { fetchFrom }));
  const seen: string[] = [];
  for (let passedMs = 0; passedMs < 180_000; passedMs += 1_000) {
    clock.nowMs = START_MS + passedMs;
    seen.push(await tokens.of('toast', hydrationOf('toast'), 'client secret'));
  }
  expect(logins).toBe(2);
  expect(seen.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'old'));
  expect(seen.at(-1)).toBe('new');
});

test('without an address it says what to set', async () => {
  const { instance } = vendorWith();
  await expect(
    instance({ apiUrls: {} }).of('lightspeed-x', hydrationOf('lightspeed-x'), 'client secret first'),
  ).rejects.toMatchObject({ message: expect.stringContaining('apiUrl or tokenUrl') as string });
  const sent: string[] = [];
  const fetchFrom: typeof fetch = (input) => {
    sent.push(input as string);
    return Promise.resolve(Response.json({ access_token: 'a', expires_in: 60 }));
  };
  const tokens = instance({ apiUrls: {}, fetchFrom });
  await tokens.of('lightspeed-x', hydrationOf('lightspeed-x'), 'client secret first', 'acme');
  expect(sent).toEqual(['https://acme.retail.lightspeed.app/api/1.0/token']);
});
