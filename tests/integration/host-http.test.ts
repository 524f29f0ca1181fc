import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';

import {
  buildFixtureHost,
  eventually,
  startFixtureHost,
  type BuiltHost,
  type FixtureHost,
} from './host-support.ts';

const HTTP = ['echo', 'refuse', 'specific', 'broken', 'slow', 'stray', 'logs'];
const NO_PREFIX = { extensions: { http: { routePrefix: '' } } };
let built: BuiltHost;
let host: FixtureHost;

beforeAll(async () => {
  built = await buildFixtureHost();
  const http = { routePrefix: '', customHeaders: { 'x-content-type-options': 'nosniff' } };
  host = await startFixtureHost(
    built,
    { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' },
    { only: HTTP, hostJson: { extensions: { http } } },
  );
});
afterAll(async () => {
  await host?.child.stop(10_000);
  built?.remove();
});

interface Echo {
  method: string;
  url: string;
  params: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
  user: {
    id: string;
    username: string;
    claimsPrincipalData: { claims: { typ: string; val: string }[] };
  } | null;
  traceParent: string;
}

async function echo(path: string, init: RequestInit = {}, base = host.url): Promise<Echo> {
  return (await (await fetch(base + path, init)).json()) as Echo;
}

/** Sends a request without letting a client library choose its framing. */
async function raw(
  url: string,
  headers: Record<string, string>,
  chunks: string[],
  method = 'POST',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = rawRequest(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}

describe('requests and responses', () => {
  test('a function sees method, route parameters, query, headers and body', async () => {
    const response = await fetch(`${host.url}/echo/a%20b/c/d?x=1&x=2&empty=`, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-empty': '', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-echo')).toBe('yes');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('set-cookie')).toBe('a=b%20c; HttpOnly; SameSite=Lax');
    const seen = (await response.json()) as Echo;
    expect(seen).toMatchObject({
      method: 'POST',
      params: { first: 'a b', rest: 'c/d' },
      query: { x: '1,2', empty: '' },
      body: 'hello',
      user: null,
      headers: { 'x-empty': '' },
    });
    expect(seen.url).toBe(`${host.url}/echo/a%20b/c/d?x=1&x=2&empty=`);
    expect(seen.traceParent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  });

  test('the more specific route wins, an unknown path or method is not found, a catch-all may be empty', async () => {
    expect(await (await fetch(`${host.url}/echo/a/fixed`)).text()).toBe('fixed');
    expect((await fetch(`${host.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${host.url}/slow`, { method: 'DELETE' })).status).toBe(404);
    expect((await echo('/echo/only')).params).toEqual({ first: 'only' });
  });

  test('a chunked body without length is lost, as in Azure without streaming', async () => {
    const { text } = await raw(`${host.url}/echo/a`, { 'transfer-encoding': 'chunked' }, ['hel', 'lo']);
    expect((JSON.parse(text) as Echo).body).toBe('');
  });

  test('a body above the limit is refused', async () => {
    const { status } = await raw(`${host.url}/echo/a`, { 'content-length': '1001' }, ['x'.repeat(1_001)]);
    expect(status).toBe(413);
  });

  test('what a function logs has its own level and belongs to its invocation, also after it waited', async () => {
    expect((await fetch(`${host.url}/logs`)).status).toBe(202);
    const ofFunction = () => host.logs().filter(({ category }) => category === 'Function.logs.User');
    await eventually('the error is logged', () => ofFunction().length >= 2);
    const lines = ofFunction().map(({ level, message, invocationId }) => ({
      ...(JSON.parse(message) as object),
      level,
      invocationId,
    }));
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warning', message: 'before waiting' }) as unknown,
      expect.objectContaining({
        level: 'error',
        message: 'after waiting',
        stage: 'stock',
        error: 'the cause',
      }) as unknown,
    ]);
    expect(new Set(lines.map(({ invocationId }) => invocationId)).size).toBe(1);
    expect(lines[0]?.invocationId).toEqual(expect.any(String));
  });

  test('a function that throws gives 500 and nothing of the error, which is logged with its invocation', async () => {
    const broken = await fetch(`${host.url}/broken`);
    expect([broken.status, await broken.text()]).toEqual([500, '']);
    const failed = await eventually('the log', () =>
      host.logs().find(({ message }) => message.includes('broken on purpose')),
    );
    expect(failed).toMatchObject({
      level: 'error',
      functionName: 'broken',
      invocationId: expect.any(String) as unknown,
    });
  });

  test('a caller that goes away in the middle of its body is no error', async () => {
    const { hostname, port } = new URL(host.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /echo/a?gone=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    await new Promise((resolve) => socket.once('connect', resolve));
    setImmediate(() => socket.destroy());
    const said = await eventually('the log', () =>
      host.logs().find(({ message }) => message.includes('aborted')),
    );
    expect(said).toMatchObject({ level: 'information', message: 'POST /echo/a: aborted' });
  });

  test.each([
    ['Host: a b', 400],
    ['Host: [::1', 400],
    ['Host: a/../admin', 400],
    ['Host: a?x=', 400],
    ['Host: user@x', 400],
    ['Host: x:99999', 400],
    ['Host: x', 201],
    ['Host: localhost:7071', 201],
  ])('a request with %s is answered %d', async (header, status) => {
    const { hostname, port } = new URL(host.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /echo/a HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
    expect(text.slice(9, 12)).toBe(String(status));
  });

  test("a function's own log carries its invocation", async () => {
    await echo('/echo/a');
    const said = await eventually('the log', () =>
      host.logs().find(({ message }) => message === 'echo called'),
    );
    expect(said).toMatchObject({
      level: 'information',
      category: 'Function.echo.User',
      functionName: 'echo',
    });
    expect(said.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('Easy Auth', () => {
  const signIn = async (form: string, headers = {}): Promise<Response> =>
    fetch(`${host.url}/.auth/login/aad?post_login_redirect_uri=/echo/a`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: form,
    });

  test('principal headers from outside never reach a function', async () => {
    const principal = Buffer.from('{"claims":[{"typ":"roles","val":"Finance.Approve"}]}').toString('base64');
    const { headers, user } = await echo('/echo/a', {
      headers: {
        'X-MS-Client-Principal': principal,
        'x-ms-client-principal-id': '1',
        'x-ms-client-principal-name': 'eve',
        'x-ms-client-principal-idp': 'aad',
        'x-ms-token-aad-id-token': 'x',
      },
    });
    expect(user).toBeNull();
    expect(Object.keys(headers).filter((name) => name.startsWith('x-ms-'))).toEqual([]);
  });

  test('the sign-in page gives the chosen roles, and signing out takes them away', async () => {
    const page = await fetch(`${host.url}/.auth/login/local`);
    expect(await page.text()).toContain('value="Finance.Approve"');
    const signedIn = await signIn('name=ada%40example.com&role=Finance.Read&role=Made.Up');
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([302, '/echo/a']);
    const setCookie = signedIn.headers.get('set-cookie') ?? '';
    expect(setCookie).toMatch(/HttpOnly; SameSite=Lax/);
    const [cookie = ''] = setCookie.split(';');
    const { user } = await echo('/echo/a', { headers: { cookie } });
    expect(user).toMatchObject({ username: 'ada@example.com', identityProvider: 'aad' });
    const roles = user?.claimsPrincipalData.claims.filter(({ typ }) => typ === 'roles').map(({ val }) => val);
    expect(roles).toEqual(['Finance.Read']);
    const me = (await (await fetch(`${host.url}/.auth/me`, { headers: { cookie } })).json()) as {
      user_id: string;
    }[];
    expect(me[0]?.user_id).toBe('ada@example.com');
    const signedOut = await fetch(`${host.url}/.auth/logout`, { redirect: 'manual', headers: { cookie } });
    expect(signedOut.headers.get('set-cookie')).toMatch(/Max-Age=0/);
  });

  test('a forged or altered session is no session', async () => {
    const signedIn = await signIn('name=ada&role=Finance.Read');
    const [name, session = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';')[0]?.split('=') ?? [];
    const [payload = '', mac] = session.split('.');
    const other = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { roles: string[] };
    const forged = Buffer.from(JSON.stringify({ ...other, roles: ['Finance.Approve'] })).toString(
      'base64url',
    );
    for (const value of [`${forged}.${mac}`, payload, `${payload}.`, 'x.y']) {
      expect((await echo('/echo/a', { headers: { cookie: `${name}=${value}` } })).user).toBeNull();
    }
  });

  test('another site can neither sign somebody in nor send them elsewhere', async () => {
    expect((await signIn('name=ada', { origin: 'http://evil.example' })).status).toBe(403);
    const targets = [
      '//evil.example',
      'http://evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '/\r\n\\evil.example',
      '\t//evil.example',
      ' //evil.example',
      '/.//evil.example',
      '/a/..//evil.example',
      '/a/../\\evil.example',
      '///evil.example',
      'javascript:alert(1)',
    ];
    for (const target of targets) {
      const url = `${host.url}/.auth/logout?post_logout_redirect_uri=${encodeURIComponent(target)}`;
      expect((await fetch(url, { redirect: 'manual' })).headers.get('location')).toBe('/');
    }
  });
});

describe('administration', () => {
  test('lists functions and counts invocations', async () => {
    const listed = (await (await fetch(`${host.url}/admin/functions`)).json()) as { name: string }[];
    expect(listed.map(({ name }) => name).sort((a, b) => a.localeCompare(b))).toEqual(
      [...HTTP].sort((a, b) => a.localeCompare(b)),
    );
    await fetch(`${host.url}/broken`);
    const status = (await (await fetch(`${host.url}/admin/host/status`)).json()) as {
      functions: Record<string, { invocations: number; failures: number; inFlight: number }>;
    };
    const broken = status.functions['broken'];
    expect(broken?.failures).toBeGreaterThanOrEqual(1);
    expect(broken).toMatchObject({ invocations: broken?.failures, inFlight: 0 });
  });

  test('answers programs of this machine only, not pages in its browser', async () => {
    const foreign = await raw(`${host.url}/admin/functions`, { host: 'rebound.example' }, [], 'GET');
    expect(foreign.status).toBe(403);
    const page = await fetch(`${host.url}/admin/functions`, { headers: { origin: 'http://evil.example' } });
    expect(page.status).toBe(403);
  });

  test('runs no function by hand that is not a timer', async () => {
    expect((await fetch(`${host.url}/admin/functions/echo`, { method: 'POST' })).status).toBe(400);
    expect((await fetch(`${host.url}/admin/functions/nobody`, { method: 'POST' })).status).toBe(404);
  });
});

test('with HTTP streaming a chunked body arrives, and parameters, user headers and errors work as without', async () => {
  const streaming = await startFixtureHost(
    built,
    { FIXTURE_STREAM: '1', FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '200000' },
    { only: HTTP, hostJson: NO_PREFIX },
  );
  try {
    const { text } = await raw(`${streaming.url}/echo/a/b?x=1`, { 'transfer-encoding': 'chunked' }, [
      'hel',
      'lo',
    ]);
    expect(JSON.parse(text) as Echo).toMatchObject({
      body: 'hello',
      params: { first: 'a', rest: 'b' },
      query: { x: '1' },
      method: 'POST',
    });
    const forged = await echo('/echo/a', { headers: { 'x-ms-client-principal': 'e30=' } }, streaming.url);
    expect(forged.headers['x-ms-client-principal']).toBeUndefined();
    expect((await fetch(`${streaming.url}/broken`)).status).toBe(500);
    expect((await fetch(`${streaming.url}/echo/a`)).status).toBe(201);
    const half = 'x'.repeat(100_001);
    const close = { connection: 'close' };
    const declared = { ...close, 'content-length': String(2 * half.length) };
    expect((await raw(`${streaming.url}/echo/a`, declared, [half, half])).status).toBe(413);
    const chunked = { ...close, 'transfer-encoding': 'chunked' };
    expect((await raw(`${streaming.url}/echo/a`, chunked, [half, half])).status).toBe(413);
    const early = await raw(`${streaming.url}/refuse`, { ...close, 'content-length': '100001' }, [half]);
    expect(early).toEqual({ status: 413, text: 'too large' });
    expect((await fetch(`${streaming.url}/echo/a`)).status).toBe(201);
  } finally {
    await streaming.child.stop(10_000);
  }
});

test('functionTimeout fails the invocation; too many requests at once are turned away', async () => {
  const hostJson = {
    functionTimeout: '00:00:01',
    extensions: { http: { routePrefix: '', maxOutstandingRequests: 2, maxConcurrentRequests: 1 } },
  };
  const limited = await startFixtureHost(built, {}, { only: ['slow'], hostJson });
  try {
    const statuses = await Promise.all(
      [1, 2, 3].map(async () => (await fetch(`${limited.url}/slow?ms=600`)).status),
    );
    expect(statuses.sort((a, b) => a - b)).toEqual([200, 200, 429]);
    expect((await fetch(`${limited.url}/slow?ms=5000`)).status).toBe(500);
    await eventually('the log', () =>
      limited.logs().some(({ message }) => message.includes('Timeout value of 1000 ms was exceeded')),
    );
  } finally {
    await limited.child.stop(10_000);
  }
});

test("a rejection that nobody waits for ends the host, as it ends Azure's worker", async () => {
  const doomed = await startFixtureHost(built, {}, { only: ['stray'], hostJson: NO_PREFIX });
  await fetch(`${doomed.url}/stray`).catch(() => undefined);
  await eventually('its end', () => doomed.child.process.exitCode === 1);
  const last = await eventually('the log', () => doomed.logs().find(({ level }) => level === 'critical'));
  expect(last.message).toContain('nobody waits for this');
});

test('SIGTERM answers the request under way, takes no new one, and ends within the grace', async () => {
  const draining = await startFixtureHost(built, {}, { only: ['slow'], hostJson: NO_PREFIX });
  const answered = fetch(`${draining.url}/slow?ms=1000`);
  await eventually('the invocation', () =>
    draining.logs().some(({ message }) => message.startsWith('Executing')),
  );
  const stopped = draining.child.stop(10_000);
  await eventually('a closed port', async () =>
    fetch(`${draining.url}/slow?ms=1`).then(
      () => false,
      () => true,
    ),
  );
  expect(await (await answered).text()).toBe('done');
  await stopped;
  expect(draining.child.process.exitCode).toBe(0);

  const hanging = await startFixtureHost(built, {}, { only: ['slow'], hostJson: NO_PREFIX });
  const cut = fetch(`${hanging.url}/slow?ms=60000`).catch((thrown: unknown) => thrown);
  await eventually('the invocation', () =>
    hanging.logs().some(({ message }) => message.startsWith('Executing')),
  );
  const startedAt = Date.now();
  await hanging.child.stop(20_000);
  expect(hanging.child.process.exitCode).toBe(0);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(4_900);
  expect(await cut).toMatchObject({ message: 'fetch failed' });
});

test('a host that cannot start says why in one line', async () => {
  const start = async (hostJson: object, options: object = {}): Promise<unknown> =>
    startFixtureHost(built, {}, { only: HTTP, hostJson, ...options }).catch(
      (thrown: Error) => thrown.message,
    );
  expect(await start({ extensions: { serviceBus: {} } })).toMatch(
    /host\.json is not supported .*serviceBus/s,
  );
  expect(await start({}, { only: ['nobody'] })).toMatch(/--only: no function nobody/);
  expect(await start({}, { only: [] })).toMatch(/Connection 'AzureWebJobsStorage' is missing/);
  const taken = await start({}, { args: ['--port', host.url.split(':')[2] ?? ''] });
  expect(taken).toMatch(/Port \d+ is taken/);
});
