import { gzipSync } from 'node:zlib';
import { TransientError } from '../../shared/errors.ts';
import { NOW_MS, SECRET, signedHeaders, webhookFixture, wireSale } from '../support/webhook-fixture.ts';
import { inFlight } from '../../functions/webhooks/in-flight.ts';
import { sampling } from '../../functions/webhooks/sampled-log.ts';
import { signSquareWebhook } from '../../shared/pos/sources/square/signature.ts';
import { storeId } from '../../shared/ids.ts';

/** What those get who cannot, or can only partly, prove who they are. */
const sale = JSON.stringify(wireSale());
const logged = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('strangers', () => {
  test('a source without a secret answers as to a wrong signature, and rings no alarm', async () => {
    const till = webhookFixture({ secrets: { 'webhook-square': undefined } });
    const answer = await till.post('{}', { source: 'square' });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toEqual({
      type: 'urn:tillstream:problem:unauthorized',
      title: 'Unauthorized',
      status: 401,
      code: 'unauthorized',
    });
    expect(logged(till.logLines)).toMatchObject([
      { level: 'warn', reason: 'Refused: there is no enabled secret webhook-square' },
    ]);
  });

  test('a flood is refused before its bodies are read, large ones sooner, and others are not', async () => {
    const till = webhookFixture({ addressBurst: 100 });
    const flood = { unsigned: true, headers: { 'x-forwarded-for': '9.9.9.9, 203.0.113.7' } };
    const statuses: number[] = [];
    for (let index = 0; index < 150; index += 1) statuses.push((await till.post(sale, flood)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(50);
    // The first address is what the caller says of itself: it gives no new bucket.
    const again = { unsigned: true, headers: { 'x-forwarded-for': '8.8.8.8, 203.0.113.7' } };
    expect(await till.post(sale, again)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
    });
    const large = { 'content-length': String(2 * 1024 * 1024), 'x-forwarded-for': '203.0.113.8' };
    const largeStatuses: number[] = [];
    for (let index = 0; index < 5; index += 1)
      largeStatuses.push((await till.post(sale, { unsigned: true, headers: large })).status);
    expect(largeStatuses).toEqual([401, 401, 401, 429, 429]);
    expect(await till.post(sale, { headers: { 'x-forwarded-for': '192.0.2.1' } })).toMatchObject({
      status: 200,
    });
  });

  test('their log lines are sampled, with a count of what was left out', async () => {
    const till = webhookFixture({ addressBurst: 1000 });
    for (let index = 0; index < 500; index += 1) await till.post(sale, { unsigned: true });
    expect(till.logLines).toHaveLength(10);
    till.clock.nowMs += 60_000;
    await till.post(sale, { unsigned: true });
    expect(logged(till.logLines).at(-1)).toMatchObject({ status: 401, leftOut: 490 });
    // Who is known has a line for each request.
    for (let index = 0; index < 20; index += 1) await till.post(sale);
    expect(logged(till.logLines).filter(({ status }) => status === 200)).toHaveLength(20);
  });

  test('so are those of strangers whom we cannot tell apart, as the vault is away', async () => {
    const till = webhookFixture({ addressBurst: 1000, secretsFault: new TransientError('vault', 'away') });
    for (let index = 0; index < 100; index += 1) await till.post(sale, { unsigned: true });
    expect(till.logLines).toHaveLength(10);
    till.clock.nowMs += 60_000;
    await till.post(sale, { unsigned: true });
    expect(logged(till.logLines).at(-1)).toMatchObject({ level: 'error', status: 503, leftOut: 90 });
  });

  test('sampling forgets nothing: lines written and left out are all there were', () => {
    let nowMs = 0;
    const sampled = sampling(() => nowMs);
    let written = 0;
    let leftOut = 0;
    for (let index = 0; index < 10_000; index += 1) {
      nowMs += 37;
      const told = sampled.take('one');
      if (told === undefined) continue;
      written += 1;
      leftOut += told;
    }
    nowMs += 60_000;
    expect(written + leftOut + (sampled.take('one') ?? 0)).toBe(10_000);
    expect(written).toBeLessThan(100);
  });

  test('too many at once are told when to come back, by requests and by bytes', () => {
    const gate = inFlight({ requests: 2, bytes: 100 });
    const leave = gate.enter(1_000);
    expect(leave).toBeDefined();
    expect(gate.enter(1)).toBeUndefined();
    leave?.();
    leave?.();
    expect(gate.enter(60)).toBeDefined();
    expect(gate.enter(60)).toBeUndefined();
    expect(gate.enter(40)).toBeDefined();
    expect(gate.enter(0)).toBeUndefined();
  });

  test('a request that finds no room is a problem with Retry-After', async () => {
    const till = webhookFixture({ inFlight: 1 });
    const answers = await Promise.all([till.post(sale), till.post(sale)]);
    expect(answers.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 429]);
    expect(answers.find(({ status }) => status === 429)?.headers).toMatchObject({ 'retry-after': '1' });
    expect(await till.post(sale)).toMatchObject({ status: 200 });
  });
});

describe('senders with secrets and stores of their own', () => {
  const kiosk = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
  const kioskOld = `whsec_${Buffer.alloc(32, 4).toString('base64')}`;
  const kitchen = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
  const senders = [
    { source: 'tillstream' as const, sender: 'kiosk-7', stores: [storeId('berlin-1')] },
    { source: 'tillstream' as const, sender: 'kitchen', stores: [storeId('berlin-2')] },
  ];
  const secrets = (): Record<string, [string, ...string[]] | undefined> => ({
    'webhook-tillstream--kiosk-7': [kiosk, kioskOld],
    'webhook-tillstream--kitchen': [kitchen],
  });

  test('each signs with its own, two at once, at its own address', async () => {
    const till = webhookFixture({ senders, secrets: secrets() });
    for (const secret of [kiosk, kioskOld]) {
      expect(await till.post(sale, { sender: 'kiosk-7', secret })).toMatchObject({ status: 200 });
    }
    // Neither the secret of another nor that of the source as a whole.
    for (const secret of [kitchen, SECRET]) {
      expect(await till.post(sale, { sender: 'kiosk-7', secret })).toMatchObject({ status: 401 });
    }
    expect(await till.post(sale, { secret: kiosk })).toMatchObject({ status: 401 });
    expect(await till.post(sale, { sender: 'nobody', secret: kiosk })).toMatchObject({ status: 401 });
    expect(await till.post(sale, { sender: 'KIOSK-7', secret: kiosk })).toMatchObject({ status: 401 });
  });

  test('one is revoked alone', async () => {
    const held = secrets();
    const till = webhookFixture({ senders, secrets: held });
    held['webhook-tillstream--kiosk-7'] = undefined;
    const revoked = webhookFixture({ senders, secrets: held });
    expect(await revoked.post(sale, { sender: 'kiosk-7', secret: kiosk })).toMatchObject({ status: 401 });
    const own = JSON.stringify(wireSale({ storeId: 'berlin-2' }));
    expect(await revoked.post(own, { sender: 'kitchen', secret: kitchen })).toMatchObject({ status: 200 });
    expect(await till.post(sale)).toMatchObject({ status: 200 });
  });

  test('another store is refused and kept with its reason; own events of the same body pass', async () => {
    const till = webhookFixture({ senders, secrets: secrets() });
    const alone = await till.post(sale, { sender: 'kitchen', secret: kitchen });
    expect(alone.status).toBe(403);
    expect(JSON.parse(alone.body)).toMatchObject({
      code: 'store-not-allowed',
      rejected: [{ index: 0, id: 'T1-0001', where: '/storeId' }],
    });
    expect(till.letters).toMatchObject([
      {
        code: 'store-not-allowed',
        storeId: 'berlin-1',
        eventId: 'tillstream:T1-0001',
        replay: { to: 'hub' },
      },
    ]);
    expect(till.hub).toEqual([]);
    // The store is told by its own id, whatever name the sender has for it.
    const events = [
      wireSale({ id: 'own', storeId: 'berlin-2' }),
      wireSale({ id: 'other', storeId: 'B1' }),
      wireSale({ id: 'unknown', storeId: 'berlin-3' }),
    ];
    const mixed = await till.post(JSON.stringify({ events }), { sender: 'kitchen', secret: kitchen });
    expect(mixed.status).toBe(200);
    expect(JSON.parse(mixed.body)).toMatchObject({
      accepted: 1,
      rejected: [
        { index: 1, code: 'store-not-allowed' },
        { index: 2, code: 'store-not-allowed' },
      ],
    });
    expect(till.hub.map(({ eventId }) => eventId)).toEqual(['tillstream:own']);
    expect(logged(till.logLines).at(-1)).toMatchObject({ received: 3, published: 1, deadLetters: 2 });
  });

  test("a vendor's signature covers the sender's address, and its notices remember the sender", async () => {
    const till = webhookFixture({
      senders: [{ source: 'square', sender: 'merchant-b', stores: [storeId('berlin-1')] }],
      secrets: { 'webhook-square--merchant-b': ['key of b'] },
    });
    const body = JSON.stringify({
      type: 'order.updated',
      event_id: 'E1',
      data: { id: 'O1', object: { order_updated: { order_id: 'O1', version: 2 } } },
    });
    const headers = (url: string) => ({
      'x-square-hmacsha256-signature': signSquareWebhook('key of b', url, body),
    });
    const own = { source: 'square', sender: 'merchant-b' };
    const wrong = headers('https://till.example/webhooks/square');
    expect(await till.post(body, { ...own, headers: wrong })).toMatchObject({ status: 401 });
    const right = headers('https://till.example/webhooks/square/merchant-b');
    expect(await till.post(body, { ...own, headers: right })).toMatchObject({ status: 200 });
    expect(till.hydrations).toMatchObject([{ id: 'O1', sender: 'merchant-b' }]);
  });
});

describe('bodies', () => {
  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'a field called %s is unknown like any other, not found in what objects inherit',
    async (name) => {
      const till = webhookFixture();
      expect(await till.post(`{"${name}":0}`)).toMatchObject({ status: 422 });
      expect(await till.post(sale.replace('{', `{"${name}":"x",`))).toMatchObject({ status: 422 });
      expect(till.letters).toHaveLength(2);
      expect(till.letters[0]?.payload).not.toBe('');
    },
  );

  test('a packed body is signed as it is sent, and read as it was', async () => {
    const till = webhookFixture();
    const packed = gzipSync(sale);
    expect(await till.post(packed, { headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 200,
    });
    expect(till.events()).toMatchObject([{ eventId: 'tillstream:T1-0001' }]);
    const ofPlain = signedHeaders(Buffer.from(sale), {}, NOW_MS);
    expect(await till.post(packed, { headers: { ...ofPlain, 'content-encoding': 'gzip' } })).toMatchObject({
      status: 401,
    });
  });

  test('7.8 one id with other content in a body is not a duplicate: both go on, and the sender is warned', async () => {
    const till = webhookFixture();
    const events = [wireSale(), wireSale({ receiptNumber: '0002' }), wireSale(), wireSale({ version: 2 })];
    const answer = await till.post(JSON.stringify({ events }));
    expect(JSON.parse(answer.body)).toMatchObject({
      accepted: 3,
      duplicates: 1,
      warnings: [{ code: 'id-conflict', count: 2 }],
    });
    expect(till.hub).toHaveLength(3);
  });
});
