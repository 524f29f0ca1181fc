import fc from 'fast-check';
import { storeId } from '../../shared/ids.ts';
import { signLightspeedWebhook } from '../../shared/pos/sources/lightspeed-x/signature.ts';
import { webhookFixture, wireSale } from '../support/webhook-fixture.ts';

/** What single merchants may send, and how their secrets are rotated. */
const secretOf = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const [KIOSK, KIOSK_OLD, CAFE] = [secretOf(1), secretOf(2), secretOf(3)];
const STORES = [storeId('berlin-1')];
const merchants = (requestsPerSecond?: number) =>
  webhookFixture({
    senders: [
      {
        source: 'tillstream',
        sender: 'kiosk',
        stores: STORES,
        ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
      },
      { source: 'tillstream', sender: 'cafe', stores: STORES },
    ],
    secrets: { 'webhook-tillstream--kiosk': [KIOSK, KIOSK_OLD], 'webhook-tillstream--cafe': [CAFE] },
  });
const saleNamed = (id: string) => JSON.stringify(wireSale({ id, transactionId: id }));
const kiosk = { sender: 'kiosk', secret: KIOSK };
const statusesOf = async (count: number, post: (index: number) => Promise<{ status: number }>) => {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await post(index)).status);
  return {
    taken: statuses.filter((one) => one === 200).length,
    limited: statuses.filter((one) => one === 429).length,
  };
};

describe('the limit of one sender', () => {
  test('five seconds at once, then 429 as a problem with Retry-After; others go on', async () => {
    const till = merchants(2);
    expect(await statusesOf(30, (index) => till.post(saleNamed(`k${index}`), kiosk))).toEqual({
      taken: 10,
      limited: 20,
    });
    const refused = await till.post(saleNamed('once-more'), kiosk);
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/problem+json' });
    expect(JSON.parse(refused.body)).toMatchObject({
      type: 'urn:tillstream:problem:rate-limited',
      status: 429,
    });
    expect(await till.post(saleNamed('c'), { sender: 'cafe', secret: CAFE })).toMatchObject({ status: 200 });
    expect(await till.post(saleNamed('own'))).toMatchObject({ status: 200 });
    till.clock.nowMs += 500;
    expect(await till.post(saleNamed('once-more'), kiosk)).toMatchObject({ status: 200 });
  });

  test('a stranger cannot use it up', async () => {
    const till = merchants(1);
    const forged = { sender: 'kiosk', secret: secretOf(9) };
    for (let index = 0; index < 50; index += 1)
      expect(await till.post(saleNamed('forged'), forged)).toMatchObject({ status: 401 });
    expect(await till.post(saleNamed('real'), kiosk)).toMatchObject({ status: 200 });
  });

  test('large bodies count for more', async () => {
    const till = merchants(2);
    const events = Array.from({ length: 200 }, (_, index) =>
      wireSale({ id: `b${index}`, transactionId: `b${index}` }),
    );
    const body = JSON.stringify({ events });
    expect(body.length).toBeGreaterThan(64 * 1024);
    const { taken } = await statusesOf(10, () => till.post(body, kiosk));
    expect(taken).toBeLessThan(6);
    expect(taken).toBeGreaterThan(0);
  });

  test('who is limited stands in the log, with the number of lines left out', async () => {
    const till = merchants(1);
    await statusesOf(105, (index) => till.post(saleNamed(`k${index}`), kiosk));
    const limited = () =>
      till.logLines
        .map((line) => JSON.parse(line) as { code?: string; limited?: string; leftOut?: number })
        .filter(({ code }) => code === 'rate-limited');
    expect(limited()).toHaveLength(10);
    expect(limited()[0]).toMatchObject({ limited: 'kiosk' });
    till.clock.nowMs += 60_000;
    await statusesOf(6, (index) => till.post(saleNamed(`m${index}`), kiosk));
    expect(limited().at(-1)).toMatchObject({ leftOut: 90 });
  });

  test('P3 nothing vanishes: a sender that comes back when it is told to gets everything in, each event once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        fc.array(fc.nat(400), { minLength: 1, maxLength: 40 }),
        async (requestsPerSecond, pausesMs) => {
          const till = merchants(requestsPerSecond);
          for (const [index, pauseMs] of pausesMs.entries()) {
            till.clock.nowMs += pauseMs;
            for (let attempt = 0; ; attempt += 1) {
              const answer = await till.post(saleNamed(`k${index}`), kiosk);
              if (answer.status === 200) break;
              expect(answer.status).toBe(429);
              // One wait is enough, as it is told how long it has to be.
              expect(attempt).toBe(0);
              till.clock.nowMs += Number(answer.headers['retry-after']) * 1_000;
            }
          }
          expect(till.hub.map(({ eventId }) => eventId)).toEqual(
            pausesMs.map((_, index) => `tillstream:k${index}`),
          );
          expect(till.letters).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a vendor that drops what is answered 4xx is told by a 503', async () => {
    const key = 'a key of Lightspeed';
    const till = webhookFixture({
      ratePerSecond: 1,
      secrets: { 'webhook-lightspeed-x': [key] },
      inFlight: 1,
    });
    const body = `type=product.update&payload=${encodeURIComponent('{"id":"p"}')}`;
    const post = () =>
      till.post(body, {
        source: 'lightspeed-x',
        unsigned: true,
        contentType: 'application/x-www-form-urlencoded',
        headers: {
          'x-signature': `signature=${signLightspeedWebhook(key, Buffer.from(body)).toString('hex')},algorithm=HMAC-SHA256`,
        },
      });
    expect(await post()).toMatchObject({ status: 200 });
    const limited = await post();
    expect(limited).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.parse(limited.body)).toMatchObject({ code: 'rate-limited' });
    till.clock.nowMs += 60_000;
    // Also where there is no room for it.
    const statuses = (await Promise.all([post(), post()])).map(({ status }) => status);
    expect(statuses.sort((one, other) => one - other)).toEqual([200, 503]);
  });
});

describe('the secrets of one sender', () => {
  test('two at once while they are rotated, and neither opens the address of another', async () => {
    const till = merchants();
    for (const secret of [KIOSK, KIOSK_OLD])
      expect(await till.post(saleNamed('r'), { sender: 'kiosk', secret })).toMatchObject({ status: 200 });
    for (const [sender, secret] of [
      ['cafe', KIOSK],
      ['kiosk', CAFE],
      ['kiosk', undefined],
      [undefined, KIOSK],
    ] as const) {
      const address = {
        ...(sender === undefined ? {} : { sender }),
        ...(secret === undefined ? {} : { secret }),
      };
      expect(await till.post(saleNamed('r'), address)).toMatchObject({ status: 401 });
    }
  });
});
