import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { tokenBuckets } from '../../functions/webhooks/rate-limit.ts';
import { stripeSource } from '../../shared/pos/sources/stripe/source.ts';
import { apiRequest, principal } from '../support/close-api.ts';
import { letterNamed, letterWorld } from '../support/letter-world.ts';
import { silentLog } from '../support/stream-fixture.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** Faults that others have reported of their webhooks, tried on ours. */
const sale = (id: string) => JSON.stringify(wireSale({ id, transactionId: id }));
const gzipped = { headers: { 'content-encoding': 'gzip' } };

describe('gzip (pydantic-ai#7388, tower-http#737, influxdb_iox#3456)', () => {
  const text = sale('z');
  const half = Math.floor(text.length / 2);
  const members = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);

  test('all members of a body are read, and zeros behind them are none', async () => {
    for (const body of [members, Buffer.concat([members, Buffer.alloc(3)])]) {
      const till = webhookFixture();
      expect(await till.post(body, gzipped)).toMatchObject({ status: 200 });
      expect(till.events().map(({ eventId }) => eventId)).toEqual(['tillstream:z']);
    }
  });

  test('a body that breaks off, or goes on with something else, is refused and never read in part', async () => {
    const whole = gzipSync(JSON.stringify({ events: [wireSale({ id: 'a' }), wireSale({ id: 'b' })] }));
    for (const body of [
      whole.subarray(0, -9),
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from('\r\nrest')]),
    ]) {
      const till = webhookFixture();
      const answer = await till.post(body, gzipped);
      expect({ status: answer.status, hub: till.hub.length }).toEqual({ status: 400, hub: 0 });
    }
  });

  test('what is too large over all members is refused, not cut', async () => {
    const till = webhookFixture();
    const spaces = gzipSync(' '.repeat(2 * 1024 * 1024));
    const answer = await till.post(Buffer.concat([spaces, spaces, spaces, gzipSync(text)]), gzipped);
    expect({ status: answer.status, hub: till.hub.length }).toEqual({ status: 413, hub: 0 });
  });
});

describe('rate limits (koajs/ratelimit#48, planningcenter/developers#606, upstash/ratelimit-py#15, smg#1397)', () => {
  test('the wait is never negative, also where a clock goes back; a refusal takes nothing; nothing is refused for ever', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(
          fc.record({
            stepMs: fc.integer({ min: -5_000, max: 5_000 }),
            cost: fc.integer({ min: 1, max: 500 }),
          }),
          {
            maxLength: 40,
          },
        ),
        (perSecond, burst, calls) => {
          let nowMs = 1_000_000;
          const limit = tokenBuckets({ perSecond, burst, clock: () => nowMs });
          for (const { stepMs, cost } of calls) {
            nowMs += stepMs;
            const waitMs = limit.take('k', cost);
            expect(waitMs).toBeGreaterThanOrEqual(0);
            if (waitMs === 0) continue;
            // Asking again and again does not make it longer.
            expect(limit.take('k', cost)).toBe(waitMs);
            // After the wait it goes, however large it is; a fraction of a millisecond may be lost in adding.
            nowMs += waitMs + 1;
            expect(limit.take('k', cost)).toBe(0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('rotation (raystack/frontier#1587, sh1pt#480)', () => {
  const body = Buffer.from('{"id":"evt_1"}');
  const nowMs = 1_772_000_000_000;
  const notificationUrl = 'https://till.example/webhooks/stripe';
  const signed = (secret: string) =>
    stripeSource.sign({ body, secret, notificationUrl, nowMs })['stripe-signature'] ??
    stripeSource.sign({ body, secret, notificationUrl, nowMs })['Stripe-Signature'] ??
    '';
  const verify = (signature: string, secrets: readonly string[]) => () =>
    stripeSource.verify({
      body,
      secrets,
      notificationUrl,
      nowMs,
      header: (name) => (name.toLowerCase() === 'stripe-signature' ? signature : undefined),
    });

  test('either secret fits, at whatever place, and so does either signature of a header', () => {
    const [time = '', good = ''] = signed('whsec_new').split(',');
    const other = `v1=${'0'.repeat(64)}`;
    for (const secrets of [
      ['whsec_new', 'whsec_old'],
      ['whsec_old', 'whsec_new'],
    ])
      for (const header of [`${time},${good}`, `${time},${good},${other}`, `${time},${other},${good}`])
        expect(verify(header, secrets)).not.toThrow();
    expect(verify(`${time},${other}`, ['whsec_old', 'whsec_new'])).toThrow('Refused');
    expect(verify(`${time},v0=${good.slice(3)}`, ['whsec_new'])).toThrow('Refused');
  });
});

describe('dead letters (Open-Source-Contribution-Atelier#1675, idempotency4j#12)', () => {
  test('a letter that dies again after its replay needs attention again, and the old key replays nothing', async () => {
    const world = letterWorld();
    const [name, address] = ['stock/one.json', '/operations/api/letters/stock/one.json'];
    const by = principal('olga', 'Operations');
    const replay = async (key: string, etag = '') => {
      const headers = {
        authorization: 'Bearer t',
        'content-type': 'application/json',
        'idempotency-key': key,
        'if-match': etag,
      };
      const asked = { by, headers, body: '{"reason":"fixed"}' };
      return (await world.api(apiRequest('POST', `${address}/replay`, asked), silentLog)).status;
    };
    world.bury(name, letterNamed('one'));
    const before = world.letters.get(name)?.etag;
    expect(await replay('first-key', before)).toBe(202);
    await world.work();
    world.bury(name, letterNamed('one', { message: 'not fixed after all' }));
    expect(await replay('first-key', before)).toBe(202);
    await world.work();
    expect(world.letters.get(name)?.letter.message).toBe('not fixed after all');
    expect(world.replayed).toHaveLength(1);
    expect(await replay('second-key', before)).toBe(412);
    expect(await replay('second-key', world.letters.get(name)?.etag)).toBe(202);
    await world.work();
    expect(world.replayed).toHaveLength(2);
    expect(world.letters.size).toBe(0);
  });
});

test('a delivery without its id is refused, so nothing can be replayed under none (open-mercato#1394)', async () => {
  const till = webhookFixture();
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    expect(await till.post(sale('x'), { headers: { [name]: '' } })).toMatchObject({ status: 401 });
  expect(till.hub).toEqual([]);
});
