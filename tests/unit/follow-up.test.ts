/**
 * Quiet hours, digests, escalation, snooze and mute, from the alert to the receiver. Among them what public reports ran into:
 * grafana/oncall#4654 and #4760 (whoever acknowledges is notified all the same), #3161 (a late click brings back what is
 * over), #1206 (an escalation is forgotten in quiet hours), grafana#80996 and alertmanager#2896 (what is still open after
 * a silence is never said again), alertmanager#844, #964 and #1125 (the end is said more than once).
 */
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { alertIdOf, type Alert } from '../../shared/alerts/alert.ts';
import { TransientError, PermanentError } from '../../shared/errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/time.ts';
import { alertOf, notifier } from '../support/alerts.ts';

const routeNamed = (name: string, more: Partial<Route> = {}): Route =>
  ({ name, channel: 'webhook', url: `https://${name}.example/in`, ...more }) as Route;
const NIGHT = { windows: [{ from: '22:00', to: '07:00' }] };
const numbered = (number: number, more: Partial<Alert> = {}): Alert =>
  alertOf({ alertId: alertIdOf('n', String(number)), title: `Number ${number}`, ...more });
const messageOf = (alert: Alert = alertOf()): string => JSON.stringify(alert);
/** Who got what, in order: route and webhook id. */
const got = (world: ReturnType<typeof notifier>) =>
  world.sent.map((one) =>
    'headers' in one ? String(one.headers['webhook-id']).replace(/^alert_[0-9a-f]+_/, '') : '',
  );
const bodyAt = (world: ReturnType<typeof notifier>, at: number) => {
  const one = world.sent.at(at);
  return JSON.parse(one && 'body' in one ? one.body : '{}') as Record<string, unknown>;
};

describe('escalation', () => {
  const chain = [
    routeNamed('team', { escalation: { to: 'lead', afterMinutes: 30 } }),
    routeNamed('lead', { onlyEscalated: true, escalation: { to: 'head', afterMinutes: 60 } }),
    routeNamed('head', { onlyEscalated: true }),
  ];

  test('an alert that nobody answers goes up, once to each, and no further', async () => {
    const world = notifier(chain);
    await world.notify(messageOf());
    await world.passes(29 * MINUTE_MS);
    expect(got(world)).toEqual(['team']);
    await world.passes(MINUTE_MS);
    expect(got(world)).toEqual(['team', 'lead_escalated-1']);
    expect(bodyAt(world, -1)).toMatchObject({
      reason: 'escalated',
      remark: 'Nobody has acknowledged it within 30 minutes.',
    });
    await world.passes(59 * MINUTE_MS);
    await world.passes(MINUTE_MS);
    for (let day = 0; day < 5; day += 1) await world.passes(DAY_MS);
    expect(got(world)).toEqual(['team', 'lead_escalated-1', 'head_escalated-2']);
  });

  test('whoever acknowledges stops it, also what waits for its next try', async () => {
    const world = notifier(chain);
    await world.notify(messageOf());
    await world.person({ action: 'acknowledge' });
    await world.passes(3 * HOUR_MS);
    expect(got(world)).toEqual(['team']);

    const busy = notifier(chain);
    busy.world.answer = () => new TransientError('webhook-busy', '503');
    await busy.notify(messageOf());
    await busy.person({ action: 'acknowledge' });
    busy.world.answer = () => undefined;
    await busy.passes(HOUR_MS);
    expect(got(busy)).toEqual([]);
  });

  test('a person escalates now, and the chain goes on from there', async () => {
    const world = notifier(chain);
    await world.notify(messageOf());
    await world.person({ action: 'escalate', reason: 'the till is on fire' });
    await world.passes(0);
    expect(got(world)).toEqual(['team', 'lead_escalated-1']);
    expect(bodyAt(world, -1)).toMatchObject({ remark: 'Anna has escalated it: the till is on fire.' });
    await world.passes(2 * HOUR_MS);
    expect(got(world)).toHaveLength(2);
  });

  test('it waits for who sleeps, and is not forgotten: the time runs from when the route was told', async () => {
    const world = notifier([
      routeNamed('team', { quietHours: NIGHT, escalation: { to: 'lead', afterMinutes: 30 } }),
      routeNamed('lead', { onlyEscalated: true, quietHours: NIGHT }),
    ]);
    world.world.nowMs = Date.UTC(2026, 2, 2, 23);
    await world.notify(messageOf());
    await world.passes(6 * HOUR_MS);
    expect(got(world)).toEqual([]);
    await world.passes(HOUR_MS);
    expect(got(world)).toEqual(['team']);
    await world.passes(30 * MINUTE_MS);
    expect(got(world)).toEqual(['team', 'lead_escalated-1']);
  });

  test('less than the severity of the escalation does not go up', async () => {
    const world = notifier(chain);
    await world.notify(messageOf(alertOf({ severity: 'info' })));
    await world.passes(DAY_MS);
    expect(got(world)).toEqual(['team']);
  });
});

describe('quiet hours and digests', () => {
  const route = routeNamed('team', { quietHours: NIGHT });

  test('the alerts of a night arrive in the morning as one message, the urgent one at once', async () => {
    const world = notifier([route]);
    world.world.nowMs = Date.UTC(2026, 2, 2, 22);
    for (const number of [1, 2, 3]) await world.notify(messageOf(numbered(number)));
    await world.notify(messageOf(numbered(4, { severity: 'critical' })));
    // The queue gives a message again: it is held once.
    await world.notify(messageOf(numbered(1)));
    await world.passes(7 * HOUR_MS);
    expect(got(world)).toEqual(['team']);
    await world.passes(HOUR_MS);
    expect(got(world)).toHaveLength(2);
    expect(bodyAt(world, -1)).toMatchObject({
      type: 'alerts.digest',
      data: {
        alerts: [{ title: 'Number 1' }, { title: 'Number 2' }, { title: 'Number 3' }].map(
          (one) => expect.objectContaining(one) as object,
        ),
      },
    });
    await world.passes(DAY_MS);
    expect(got(world)).toHaveLength(2);
    const logged = await world.alertLog.list(alertOf().businessDate);
    expect(logged.map(({ deliveredTo }) => deliveredTo)).toEqual([['team'], ['team'], ['team'], ['team']]);
  });

  test('what is over or answered by then is left out, and the message says so', async () => {
    const world = notifier([route]);
    world.world.nowMs = Date.UTC(2026, 2, 2, 22);
    for (const number of [1, 2, 3, 4]) await world.notify(messageOf(numbered(number)));
    await world.person({ action: 'acknowledge' }, numbered(2));
    await world.notify(
      messageOf(numbered(9, { recovered: true, resolves: [numbered(3).alertId], severity: 'critical' })),
    );
    await world.passes(8 * HOUR_MS);
    expect(bodyAt(world, -1)).toMatchObject({
      remark: '2 more have been answered, or were over, before this message.',
      data: { alerts: [{ title: 'Number 1' }, { title: 'Number 4' }] },
    });
    const logged = await world.alertLog.list(alertOf().businessDate);
    expect(logged.find(({ alert }) => alert.title === 'Number 2')?.deliveredTo).toEqual([
      'team (not sent: acknowledged)',
    ]);
  });

  test('one alone arrives as the alert that it is', async () => {
    const world = notifier([route]);
    world.world.nowMs = Date.UTC(2026, 2, 2, 22);
    await world.notify(messageOf());
    await world.passes(8 * HOUR_MS);
    expect(got(world)).toEqual(['team']);
    expect(bodyAt(world, 0)['type']).toBe('alert.cash-over-short');
  });

  test('a digest that cannot be delivered is tried again as the same message, and in the end is buried by alert', async () => {
    const world = notifier([routeNamed('team', { digest: { everyMinutes: 60 } })]);
    for (const number of [1, 2]) await world.notify(messageOf(numbered(number)));
    world.world.answer = () => new TransientError('webhook-busy', '503');
    await world.passes(HOUR_MS);
    world.world.answer = () => undefined;
    // Another alert in between must not change the message.
    await world.notify(messageOf(numbered(3)));
    await world.passes(5_000);
    expect(got(world)).toHaveLength(1);
    expect(bodyAt(world, 0)['data']).toMatchObject({
      alerts: [{ title: 'Number 1' }, { title: 'Number 2' }],
    });

    world.world.answer = () => new PermanentError('webhook-refused', '404');
    await world.passes(HOUR_MS);
    expect(world.letters.map(({ code }) => code)).toEqual(['webhook-refused']);
    world.world.answer = () => undefined;
    await world.notify(world.letters[0]?.payload ?? '');
    await world.passes(HOUR_MS);
    expect(got(world)).toHaveLength(2);
  });

  test('200 alerts of a night lose none, in messages that fit a row', async () => {
    const world = notifier([route]);
    world.world.nowMs = Date.UTC(2026, 2, 2, 22);
    for (let number = 0; number < 200; number += 1) await world.notify(messageOf(numbered(number)));
    await world.passes(8 * HOUR_MS);
    const titles = world.sent.flatMap((_one, at) =>
      (bodyAt(world, at)['data'] as { alerts: Alert[] }).alerts.map(({ title }) => title),
    );
    expect(new Set(titles).size).toBe(200);
    expect(titles).toHaveLength(200);
    expect(await world.held.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(await world.held.batches(Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  test('two hosts at once bind a night once; one that is killed anywhere loses nothing', async () => {
    for (const kill of ['before', 'after'] as const) {
      for (let at = 1; at <= 3; at += 1) {
        const world = notifier([route]);
        world.world.nowMs = Date.UTC(2026, 2, 2, 22);
        for (const number of [1, 2, 3]) await world.notify(messageOf(numbered(number)));
        world.world.nowMs += 8 * HOUR_MS;
        let writes = 0;
        world.responses.fault = (when) => {
          if (when === kill && (writes += 1) === at) throw new Error('killed');
        };
        await Promise.allSettled([world.followUp(), world.followUp()]);
        world.responses.fault = undefined;
        await Promise.all([world.followUp(), world.followUp()]);
        // More than once at most as the very same message, which the receiver drops.
        expect(new Set(got(world)).size).toBe(1);
        expect(bodyAt(world, 0)['data']).toMatchObject({
          alerts: [1, 2, 3].map((number) => ({ title: `Number ${number}` })),
        });
        expect(world.letters).toEqual([]);
      }
    }
  });
});

describe('snooze, mute and the end', () => {
  const routes = [routeNamed('team')];

  test('after a snooze it is said again if it is still open, and not if it is over', async () => {
    const world = notifier(routes);
    await world.notify(messageOf());
    await world.person({ action: 'snooze', minutes: 60 });
    await world.passes(59 * MINUTE_MS);
    expect(got(world)).toEqual(['team']);
    await world.passes(MINUTE_MS);
    expect(got(world)).toEqual(['team', 'team_again-1']);
    expect(bodyAt(world, -1)).toMatchObject({
      reason: 'again',
      remark: 'Its snooze has ended, and it is still open.',
    });
    await world.person({ action: 'snooze', minutes: 60 });
    await world.notify(messageOf(numbered(9, { recovered: true, resolves: [alertOf().alertId] })));
    await world.passes(2 * HOUR_MS);
    expect(got(world)).toEqual(['team', 'team_again-1', 'team']);
  });

  test('what is muted is quiet with all of its kind in its place, and comes back when the mute ends', async () => {
    const world = notifier(routes);
    await world.notify(messageOf());
    await world.person({ action: 'mute', days: 1 });
    await world.notify(messageOf(numbered(2)));
    await world.notify(messageOf(numbered(3, { tillId: 'T9' as never })));
    expect(got(world)).toEqual(['team', 'team']);
    await world.passes(DAY_MS);
    expect(got(world).slice(2).sort()).toEqual(['team_again-1', 'team_again-1']);
    await world.notify(messageOf(numbered(4)));
    expect(got(world)).toHaveLength(5);
  });

  test('the end is told once, to whoever was told of the beginning, whatever its severity', async () => {
    const world = notifier([
      routeNamed('team', { minSeverity: 'warning' }),
      routeNamed('other', { minSeverity: 'critical' }),
    ]);
    await world.notify(messageOf());
    const end = messageOf(
      numbered(9, { severity: 'info', recovered: true, resolves: [alertOf().alertId], title: 'Settled' }),
    );
    await world.notify(end);
    await world.notify(end);
    expect(got(world)).toEqual(['team', 'team']);
    expect(bodyAt(world, -1)['data']).toMatchObject({ title: 'Settled' });
  });

  test('an end that comes before its alert, and repeats of both, come to the same', async () => {
    const world = notifier(routes);
    const end = messageOf(numbered(9, { recovered: true, resolves: [alertOf().alertId] }));
    for (const one of [end, messageOf(), end, messageOf()]) await world.notify(one);
    const life = await world.stored.life(alertOf().alertId, alertOf().businessDate);
    expect(life?.life.state).toBe('cleared');
    // The alert itself was over when it came: only its end is worth a message, where somebody takes it.
    expect(got(world)).toEqual(['team']);
    await expect(world.person({ action: 'acknowledge' })).resolves.toMatchObject({
      kind: 'refused',
      refusal: { code: 'already-over' },
    });
  });

  test('what is over is put away after two days, and a late repeat finds it there', async () => {
    const world = notifier(routes);
    await world.notify(messageOf());
    await world.person({ action: 'clear' });
    await world.passes(2 * DAY_MS + 1);
    expect((await world.stored.lives()).lives).toEqual([]);
    await world.notify(messageOf());
    expect((await world.stored.lives()).lives).toEqual([]);
    expect(await world.person({ action: 'reopen' })).toMatchObject({ kind: 'done' });
    expect((await world.stored.lives()).lives.map(({ life }) => life.state)).toEqual(['open']);
  });
});

test('routes by hours: outside of them the alert takes another route, and no clock means every hour', async () => {
  const day = routeNamed('day', { hours: [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '20:00' }] });
  const night = routeNamed('night', { hours: [{ from: '20:00', to: '08:00' }] });
  const world = notifier([day, night]);
  // Monday, 19:59 and 20:00 in Berlin.
  world.world.nowMs = Date.UTC(2026, 2, 2, 18, 59);
  await world.notify(messageOf(numbered(1)));
  world.world.nowMs += MINUTE_MS;
  await world.notify(messageOf(numbered(2)));
  world.world.zone = undefined;
  await world.notify(messageOf(numbered(3)));
  expect(got(world)).toEqual(['day', 'night', 'day', 'night']);
});
