import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventId } from '../../shared/ids.ts';
import { closeApi, principal } from '../support/close-api.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { reconcileWorld } from '../support/reconcile-world.ts';

/** The command line against the API on a server that signs in as the host on this machine does. */
let server: Server;
let url: string;

beforeAll(async () => {
  const world = reconcileWorld({ storesPerShard: 10 });
  const [posted, missing] = ['a', 'b'].map((id) => sale(id, 1_000, { eventId: eventId(`tillstream:${id}`) }));
  if (!posted || !missing) throw new Error('there are two');
  await world.land([posted, missing]);
  world.putLedger('a.csv', postedEach(posted));
  await world.plan();
  await world.drain();
  const api = closeApi(world);
  server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      if (request.url === '/.auth/login/aad') {
        const form = new URLSearchParams(await text(request));
        const who = principal(form.get('name') ?? '', ...form.getAll('role'));
        response.writeHead(302, { location: '/', 'set-cookie': `who=${who}; Path=/` }).end();
        return;
      }
      const address = request.url ?? '/';
      const { status, headers, body } = await api.send({
        method: request.method === 'POST' ? 'POST' : 'GET',
        path: new URL(address, url).pathname,
        address,
        query: () => undefined,
        header: (name) => request.headers[name] as string | undefined,
        body: () => text(request),
        principal: /who=([^;]*)/.exec(request.headers.cookie ?? '')?.[1],
      });
      response.writeHead(status, headers).end(body);
    };
    void respond();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
    }),
);

async function close(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/operate/close.ts', ...args], {
    env: { ...process.env, NODE_OPTIONS: '', TILLSTREAM_URL: url },
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, said: `${out}${errors}` };
}

test('a day is closed from the command line by two people, and each refusal says why', async () => {
  expect((await close('days', '--as', 'ada')).said).toMatch(new RegExp(`^${DATE} +1 +1 +exceptions 1$`, 'm'));
  const blocked = await close('prepare', DATE, 'S1', '--as', 'ada');
  expect(blocked.code).toBe(1);
  expect(blocked.said).toMatch(/^blocked: The day cannot be prepared yet\.\n {2}- 1 exception is open/m);
  const counted = await close(
    'bulk',
    'explain',
    '--status',
    'unanswered',
    '--reason',
    'timing',
    '--as',
    'ada',
  );
  expect(counted.said).toContain('The filter finds 1; nothing was changed. Repeat with --expect 1');
  const done = await close(
    'bulk',
    'explain',
    '--status',
    'unanswered',
    '--reason',
    'timing',
    '--expect',
    '1',
    '--as',
    'ada',
  );
  expect(done.said).toContain('1 of 1 changed');
  const prepared = await close('prepare', DATE, 'S1', '--as', 'ada');
  expect([prepared.code, prepared.said]).toEqual([
    0,
    expect.stringMatching(
      new RegExp(
        `S1: prepared[^]*Look at it: ${url}/finance/${DATE}/stores/S1`.replaceAll('/', String.raw`\/`),
      ),
    ),
  ]);
  const same = await close('sign-off', DATE, 'S1', '--as', 'ada', '--role', 'Finance.Approve');
  expect([same.code, same.said]).toEqual([1, expect.stringContaining('same-person: Who has prepared')]);
  const signed = await close(
    'sign-off',
    DATE,
    'S1',
    '--as',
    'cleo',
    '--role',
    'Finance.Approve',
    '--text',
    'checked',
  );
  expect([signed.code, signed.said]).toEqual([0, expect.stringContaining('Signed off by cleo@example.com')]);
  expect((await close('history', DATE, 'S1', '--as', 'ada')).said).toMatch(/signed-off +checked$/m);
}, 120_000);

test('a wrong command, a missing name and a name for another machine are told', async () => {
  expect(await close('clsoe')).toMatchObject({
    code: 2,
    said: expect.stringContaining('Unknown command "clsoe"') as string,
  });
  expect(await close('days')).toMatchObject({
    code: 2,
    said: expect.stringContaining('Say who you are') as string,
  });
  expect(await close('days', '--as', 'ada', '--url', 'https://pages.example.com')).toMatchObject({
    code: 1,
    said: expect.stringContaining('for this machine alone') as string,
  });
  expect((await close('--help')).code).toBe(0);
}, 60_000);
