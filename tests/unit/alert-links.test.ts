/**
 * Links in messages by which people answer alerts. A scanner that opens every link, and even presses the button of a form
 * without a name, must not acknowledge anything (Safe Links opens links before delivery: MicrosoftDocs/microsoft-365-docs
 * #6451).
 */
import fc from 'fast-check';
import { createAlertLinks, type AlertLinks } from '../../functions/stream/alert-links.ts';
import {
  linksOf,
  LINK_ACTIONS,
  readLink,
  signLink,
  type LinkClaims,
} from '../../shared/alerts/action-links.ts';
import { alertIdOf } from '../../shared/alerts/alert.ts';
import { businessDate } from '../../shared/ids.ts';
import { DAY_MS, MINUTE_MS } from '../../shared/time.ts';
import { deskWith, DESK_NOW_MS, MORNING } from '../support/alert-lives.ts';
import { silentLog } from '../support/stream-fixture.ts';

const KEY = 'k'.repeat(44);
const [[milk]] = MORNING as [(typeof MORNING)[0]];
const claims = (more: Partial<LinkClaims> = {}): LinkClaims => ({
  action: 'acknowledge',
  alertId: milk.alertId,
  businessDate: milk.businessDate,
  route: 'team',
  expiresAtMs: DESK_NOW_MS + DAY_MS,
  ...more,
});
const FORM = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };

async function world(keys: readonly [string, ...string[]] | 'none' = [KEY]) {
  const { responses, desk } = await deskWith();
  const clock = { nowMs: DESK_NOW_MS };
  const links: AlertLinks = createAlertLinks({
    responses,
    secrets: { find: () => Promise.resolve(keys === 'none' ? undefined : keys) },
    raisedAtText: () => Promise.resolve('2026-03-10 08:12 (Europe/Berlin)'),
    clock: () => clock.nowMs,
  });
  const get = (token: string) =>
    links({ method: 'GET', token, header: () => undefined, body: () => Promise.resolve('') }, silentLog);
  const post = (token: string, form: Record<string, string>, headers: Record<string, string> = FORM) =>
    links(
      {
        method: 'POST',
        token,
        header: (name) => headers[name],
        body: () => Promise.resolve(new URLSearchParams(form).toString()),
      },
      silentLog,
    );
  const life = async () => {
    const found = await desk.get(milk.businessDate, milk.alertId);
    if (!found) throw new Error('there is one');
    return found;
  };
  return { get, post, life, clock };
}

test('opening a link shows the alert and changes nothing, however often', async () => {
  const { get, life } = await world();
  for (let times = 0; times < 3; times += 1) {
    const answer = await get(signLink(claims(), KEY));
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Acknowledge this alert?');
    expect(answer.body).toContain('Milk &lt;fresh&gt; 1 l');
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect(answer.headers['cache-control']).toContain('no-store');
  }
  expect((await life()).version).toBe(1);
});

test('the button acts once, in the name that was given, and a repeat says who was first', async () => {
  const { post, life } = await world();
  const token = signLink(claims(), KEY);
  const done = await post(token, { name: 'Ben', reason: 'call me on +49 30 1234567' });
  expect([done.status, done.body]).toEqual([200, expect.stringContaining('Done')]);
  expect(await life()).toMatchObject({
    state: 'acknowledged',
    by: { kind: 'link', id: 'team', name: 'Ben (by a link to team)' },
  });
  // What people type may hold what must not be stored.
  expect(JSON.stringify((await life()).history)).not.toContain('1234567');
  await post(token, { name: 'Ben', reason: 'call me on +49 30 1234567' });
  const late = await post(token, { name: 'Zoe' });
  expect(late.body).toContain('Ben (by a link to team) has acknowledged it');
  expect((await life()).version).toBe(2);
});

test.each([
  ['without a name', { name: ' ' }, FORM],
  ['from another site', { name: 'Eve' }, { ...FORM, 'sec-fetch-site': 'cross-site' }],
  ['as JSON', { name: 'Eve' }, { ...FORM, 'content-type': 'application/json' }],
])('a form %s is refused, and the page asks again', async (_what, form, headers) => {
  const { post, life } = await world();
  const answer = await post(signLink(claims(), KEY), form, headers);
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('Not done.')]);
  expect((await life()).version).toBe(1);
});

test('a snooze needs its time, and a link is for its one action alone', async () => {
  const { post, life, clock } = await world();
  const token = signLink(claims({ action: 'snooze' }), KEY);
  expect((await post(token, { name: 'Ben', minutes: '0', action: 'mute' })).status).toBe(400);
  await post(token, { name: 'Ben', minutes: '60', action: 'mute' });
  expect(await life()).toMatchObject({ state: 'snoozed', until: '2026-03-10T09:00:00.000Z' });
  // The form that a browser sends twice is one intention; a link that is used again later is another.
  await post(token, { name: 'Ben', minutes: '60', action: 'mute' });
  expect((await life()).version).toBe(2);
  clock.nowMs += 30 * MINUTE_MS;
  await post(token, { name: 'Ben', minutes: '60', action: 'mute' });
  expect(await life()).toMatchObject({ version: 3, until: '2026-03-10T09:30:00.000Z' });
});

test('what is over says so, an unknown alert and an ended link too, and nothing of it asks', async () => {
  const { get, post } = await world();
  const over = MORNING.at(-1)?.[0].alertId ?? '';
  expect((await get(signLink(claims({ alertId: over }), KEY))).body).toContain('It is over');
  expect((await post(signLink(claims({ alertId: over }), KEY), { name: 'Ben' })).body).toContain(
    'It is over',
  );
  expect((await get(signLink(claims({ alertId: alertIdOf('nobody') }), KEY))).status).toBe(404);
  expect((await get(signLink(claims({ expiresAtMs: DESK_NOW_MS }), KEY))).status).toBe(410);
  expect((await get(signLink(claims(), 'another key'))).status).toBe(404);
});

test('without a key in the vault no link is good', async () => {
  const { get } = await world('none');
  // An empty key must not be one that anybody can sign with.
  for (const key of ['', 'undefined']) expect((await get(signLink(claims(), key))).status).toBe(404);
});

const anyClaims: fc.Arbitrary<LinkClaims> = fc.record({
  action: fc.constantFrom(...LINK_ACTIONS),
  alertId: fc.nat().map((number) => alertIdOf('x', String(number))),
  businessDate: fc.constantFrom(businessDate('2026-03-10'), businessDate('2024-02-29')),
  route: fc.constantFrom('team', 'a-b-c', 'x'.repeat(60)),
  expiresAtMs: fc.integer({ min: 1, max: 4_000_000_000 }).map((seconds) => seconds * 1_000),
});

test('a link holds what it was made of until it ends, by either key of a rotation; changed anywhere it is none', () => {
  fc.assert(
    fc.property(anyClaims, fc.nat(), fc.constantFrom('a', '~', '0', '.', ''), (made, place, character) => {
      const token = signLink(made, KEY);
      expect(token).toMatch(/^[\w.~-]+$/);
      expect(readLink(token, ['newer', KEY], made.expiresAtMs - 1)).toEqual({ claims: made });
      expect(readLink(token, [KEY], made.expiresAtMs)).toEqual({ refusal: 'expired' });
      expect(readLink(token, ['newer'], 0)).toEqual({ refusal: 'bad-link' });
      const at = place % token.length;
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      if (changed !== token) expect(readLink(changed, [KEY], 0)).toEqual({ refusal: 'bad-link' });
    }),
  );
});

test('a message has a link for each action, and none where the alert says that all is over', () => {
  const where = { key: KEY, publicUrl: 'https://tills.example.com', nowMs: DESK_NOW_MS };
  const links = linksOf(milk, 'team', where);
  expect(links.map(({ label }) => label)).toEqual(['Acknowledge', 'Snooze', 'Mute']);
  for (const { url } of links) expect(url).toMatch(/^https:\/\/tills\.example\.com\/alerts\/v1~[\w.~-]+$/);
  expect(linksOf({ ...milk, recovered: true }, 'team', where)).toEqual([]);
});
