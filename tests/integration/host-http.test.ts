import { buildFixtureHost, startFixtureHost, type BuiltHost, type FixtureHost } from './host-support.ts';

const HTTP = ['echo', 'specific', 'broken', 'slow', 'stray'];
let built: BuiltHost;
let host: FixtureHost;

beforeAll(async () => {
  built = await buildFixtureHost();
  host = await startFixtureHost(
    built,
    {},
    { only: HTTP, hostJson: { extensions: { http: { routePrefix: '' } } } },
  );
});
afterAll(async () => {
  await host?.child.stop(10_000);
  built?.remove();
});

test('a function sees method, route parameters, query, headers and body', async () => {
  const response = await fetch(`${host.url}/echo/a%20b/c/d?x=1&x=2&empty=`, {
    method: 'POST',
    body: 'hello',
    headers: { 'x-empty': '', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  });
  expect(response.status).toBe(201);
  expect(response.headers.get('x-echo')).toBe('yes');
  expect(response.headers.get('set-cookie')).toBe('a=b%20c; HttpOnly; SameSite=Lax');
  const echo = (await response.json()) as Record<string, unknown>;
  expect(echo).toMatchObject({
    method: 'POST',
    params: { first: 'a b', rest: 'c/d' },
    query: { x: '1,2', empty: '' },
    body: 'hello',
    user: null,
  });
  expect(echo['headers']).toMatchObject({ 'x-empty': '' });
  expect(echo['traceParent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
});
