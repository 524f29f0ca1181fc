import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { alertRoutes } from '../../functions/reconcile/pages/api/alert-routes.ts';
import { createApi } from '../../functions/reconcile/pages/api/api-router.ts';
import { deskWith, MORNING } from '../support/alert-lives.ts';
import { principal } from '../support/close-api.ts';
import { silentLog } from '../support/stream-fixture.ts';

/** The command line against the API on a server that signs in as the host on this machine does. */
let server: Server;
let url: string;
let world: Awaited<ReturnType<typeof deskWith>>;
const [[milk]] = MORNING as [(typeof MORNING)[0]];

beforeAll(async () => {
  world = await deskWith();
  const api = createApi(alertRoutes(world.desk));
  server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      if (request.url === '/.auth/login/aad') {
        const form = new URLSearchParams(await text(request));
        const who = principal(form.get('name') ?? '', ...form.getAll('role'));
        response.writeHead(302, { location: '/', 'set-cookie': `who=${who}; Path=/` }).end();
        return;
      }
      const address = request.url ?? '/';
      const { status, headers, body } = await api(
        {
          method: request.method === 'POST' ? 'POST' : 'GET',
          path: new URL(address, url).pathname,
          address,
          query: () => undefined,
          header: (name) => request.headers[name] as string | undefined,
          body: () => text(request),
          principal: /who=([^;]*)/.exec(request.headers.cookie ?? '')?.[1],
        },
        silentLog,
      );
      response.writeHead(status, { ...headers }).end(body);
    };
    void respond();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'infra/operate/alerts.ts', ...args, '--url', url],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

test('lists what is not over, most urgent first, and shows who did what', async () => {
  const list = await run('list', '--as', 'ole', '--store', 'S1');
  expect(list).toMatchObject({ code: 0, err: '' });
  const at = (title: string): number => list.out.indexOf(title);
  expect([
    at('3 refunds') < at('Out of stock'),
    at('Out of stock') < at('6 openings'),
    at('Cash over'),
  ]).toEqual([true, true, -1]);
  const show = await run('show', MORNING[1]?.[0].alertId ?? '', '--as', 'ole');
  expect(show.out).toContain('acknowledged by Anna Schmidt: I count again at noon');
});

test('acknowledges, snoozes and assigns, by the beginning of an id; a repeat with the same key has one effect', async () => {
  const begin = milk.alertId.slice(6, 16);
  const done = await run('ack', begin, '--as', 'ole', '--key', 'key-of-ole-1', '--reason', 'on my way');
  expect([done.code, done.err, done.out]).toEqual([0, '', expect.stringContaining('acknowledged since')]);
  await run('ack', begin, '--as', 'ole', '--key', 'key-of-ole-1', '--reason', 'on my way');
  await run('snooze', milk.alertId, '--for', '2h', '--as', 'ole');
  await run('assign', milk.alertId, '--to', 'Ben', '--as', 'ole');
  const life = await world.desk.get(milk.businessDate, milk.alertId);
  expect(life).toMatchObject({ state: 'snoozed', assignee: 'Ben', until: '2026-03-10T10:00:00.000Z' });
  expect(life?.history.map(({ what }) => what)).toEqual(['raised', 'acknowledged', 'snoozed', 'assigned']);
});

test.each([
  [['ack', 'alert_nobody', '--as', 'ole'], 2, 'No alert begins with'],
  [['snooze', milk.alertId, '--as', 'ole'], 2, 'snooze needs --for'],
  [['mute', milk.alertId, '--for', '4h', '--as', 'ole'], 2, 'mute needs --for with days'],
  [['ack', '--as', 'ole'], 2, 'ack needs an ALERT'],
  [['fire', milk.alertId, '--as', 'ole'], 2, 'Unknown command'],
  [['list', '--as', 'fin', '--role', 'Finance.Read'], 1, 'role-missing'],
  [['list'], 2, 'Say who you are'],
])('%j ends with %i', async (args, code, message) => {
  const result = await run(...args);
  expect([result.code, result.err]).toEqual([code, expect.stringContaining(message)]);
});
