import { webhookChannel } from '../../shared/alerts/channels/webhook.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { RETRY_LADDER_MS } from '../../shared/alerts/retry-ladder.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import { alertOf, notifier } from '../support/alerts.ts';

const routeNamed = (name: string): Route =>
  ({ name, channel: webhookChannel.name, url: `https://${name}.example/in` }) as Route;
const routes = ['one', 'two'].map(routeNamed);
const message = JSON.stringify(alertOf());

/** Whatever is sent to this host fails. */
const failing = (host: string, fault: Error) => (sent: object) =>
  'url' in sent && new URL(String(sent.url)).hostname === host ? fault : undefined;
const AWAY = new TransientError('webhook-busy', 'one.example answered 503');

test('an alert goes to each of its routes once, however often its message comes', async () => {
  const { notify, urls, alertLog } = notifier(routes);
  await notify(message);
  await notify(message);
  expect(urls()).toEqual(['https://one.example/in', 'https://two.example/in']);
  expect(await alertLog.list(alertOf().businessDate)).toEqual([
    { alert: alertOf(), deliveredTo: ['one', 'two'] },
  ]);
});

test('a route that is away is tried again by itself, and the other gets nothing twice', async () => {
  const { notify, urls, letters, later, world } = notifier(routes);
  world.answer = failing('one.example', AWAY);
  await notify(message);
  expect(later.map(({ delayMs }) => delayMs)).toEqual([5_000]);
  world.answer = () => undefined;
  await notify(later[0]?.message ?? '');
  await notify(later[0]?.message ?? '');
  expect(urls()).toEqual(['https://two.example/in', 'https://one.example/in']);
  expect(letters).toEqual([]);
});

test('the tries follow the ladder of Standard Webhooks, and after the last there is a dead letter', async () => {
  const { notify, letters, later, world, urls } = notifier(routes);
  world.answer = failing('one.example', AWAY);
  let next: string | undefined = message;
  for (let tries = 0; next !== undefined; tries += 1) {
    await notify(next);
    next = later[tries]?.message;
  }
  expect(later.map(({ delayMs }) => delayMs)).toEqual(RETRY_LADDER_MS);
  expect(letters).toEqual([expect.objectContaining({ stage: 'notify', code: 'retries-exhausted' })]);
  expect(letters[0]?.message).toContain('given up after 10 tries');
  // A replay begins anew, with this route alone.
  world.answer = () => undefined;
  await notify(letters[0]?.payload ?? '');
  expect(urls()).toEqual(['https://two.example/in', 'https://one.example/in']);
});

test('a receiver that asks for time gets it (429 with Retry-After), a day at most', async () => {
  for (const [asked, expected] of [
    [90_000, 90_000],
    [1, 5_000],
    [30 * 86_400_000, 86_400_000],
  ] as const) {
    const { notify, later, world } = notifier(routes.slice(0, 1));
    world.answer = () => new TransientError('webhook-busy', '429', { retryAfterMs: asked });
    await notify(message);
    expect(later.map(({ delayMs }) => delayMs)).toEqual([expected]);
  }
});

test('where not even the retry can be kept, the queue gives the message again', async () => {
  const { notify, world } = notifier(routes, {
    putLater: () => Promise.reject(new TransientError('azure-unavailable', 'queue')),
  });
  world.answer = failing('one.example', AWAY);
  await expect(notify(message)).rejects.toThrow(TransientError);
});

test('a route that refuses for good gets a dead letter that can be replayed, and keeps nobody waiting', async () => {
  const { notify, urls, letters, world } = notifier(routes);
  world.answer = failing('one.example', new PermanentError('webhook-refused', 'one.example answered 404'));
  await notify(message);
  expect(urls()).toHaveLength(1);
  expect(letters).toEqual([
    expect.objectContaining({
      stage: 'notify',
      code: 'webhook-refused',
      replay: { to: 'queue', queue: 'alerts' },
    }),
  ]);
  world.answer = () => undefined;
  await notify(letters[0]?.payload ?? '');
  expect(urls()).toEqual(['https://two.example/in', 'https://one.example/in']);
});

test('410 switches a route off and says so, until its entry changes or somebody switches it on', async () => {
  const { notify, letters, world, switches, urls } = notifier(routes.slice(0, 1));
  let asked = 0;
  world.answer = () => {
    asked += 1;
    return new PermanentError('webhook-gone', 'one.example answered 410');
  };
  await notify(message);
  await notify(JSON.stringify(alertOf({ alertId: `alert_${'2'.repeat(32)}` })));
  expect(asked).toBe(1);
  expect(letters.map(({ code }) => code)).toEqual(['route-off', 'route-off']);
  expect(letters[1]?.message).toContain('one.example answered 410');
  expect(await switches.list()).toEqual([
    { route: 'one', at: '2026-03-02T19:00:00.000Z', reason: 'one.example answered 410' },
  ]);
  world.answer = () => undefined;
  world.routes = [{ ...routeNamed('one'), minSeverity: 'info' }];
  await notify(letters[0]?.payload ?? '');
  expect(urls()).toHaveLength(1);
  world.routes = routes.slice(0, 1);
  await switches.switchOn('one');
  await notify(letters[1]?.payload ?? '');
  expect(urls()).toHaveLength(2);
});

test('a try for a route that is no longer there is a dead letter', async () => {
  const { notify, letters, later, world } = notifier(routes);
  world.answer = failing('one.example', AWAY);
  await notify(message);
  world.routes = routes.slice(1);
  await notify(later[0]?.message ?? '');
  expect(letters.map(({ code }) => code)).toEqual(['unknown-route']);
});

test.each(['no json', '{"kind":"?"}'])('the message %s is buried', async (bad) => {
  const { notify, letters } = notifier(routes);
  await notify(bad);
  expect(letters.map(({ code, payload }) => [code, payload])).toEqual([['schema', bad]]);
});
