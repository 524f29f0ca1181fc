import { gzipSync } from 'node:zlib';
import { posEventSchema } from '../../shared/pos/event.ts';
import { TransientError } from '../../shared/errors.ts';
import { deadLetterSchema } from '../../shared/pos/dead-letter.ts';
import { NOW_MS, webhookFixture, wireSale } from '../support/webhook-fixture.ts';

interface Answer {
  accepted: number;
  rejected: Array<{ index: number; id?: string; code: string; where: string; message: string }>;
  warnings: Array<{ id: string; code: string }>;
  duplicates?: number;
  code?: string;
  type?: string;
}
/** 64 MiB in 64 kB. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));
const parsed = (body: string) => JSON.parse(body) as Answer;
const counted = (line: string | undefined) => JSON.parse(line ?? '{}') as Record<string, number>;

describe('POST /webhooks/tillstream', () => {
  test('a signed sale becomes a canonical event of its store', async () => {
    const till = webhookFixture();
    const answer = await till.post(JSON.stringify(wireSale()), {
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    });
    expect(answer.status).toBe(200);
    expect(parsed(answer.body)).toEqual({ accepted: 1, rejected: [], warnings: [] });
    const [event] = till.events();
    expect(posEventSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      eventId: 'tillstream:T1-0001',
      source: 'tillstream',
      storeId: 'berlin-1',
      occurredAt: '2026-03-02T11:59:30.000Z',
      businessDate: '2026-03-02',
      receivedAt: '2026-03-02T12:00:00.000Z',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      version: 1,
      lines: [{ productCode: '4006381333931', productId: 'milk' }],
    });
    expect(event).not.toHaveProperty('quality');
    expect(till.hub[0]).toMatchObject({
      storeId: 'berlin-1',
      kind: 'transaction',
      eventId: 'tillstream:T1-0001',
    });
  });

  test('good events pass, bad ones become dead letters, repeated ones are counted', async () => {
    const till = webhookFixture();
    const events = [
      wireSale(),
      wireSale({ id: 'bad', currency: 'XXY' }),
      wireSale(),
      wireSale({ id: 'T1-0002' }),
    ];
    const answer = await till.post(JSON.stringify({ events }));
    expect(answer.status).toBe(200);
    expect(parsed(answer.body)).toMatchObject({
      accepted: 2,
      duplicates: 1,
      rejected: [{ index: 1, id: 'bad', code: 'schema', where: '/currency' }],
    });
    expect(till.hub.map(({ eventId }) => eventId)).toEqual(['tillstream:T1-0001', 'tillstream:T1-0002']);
    expect(till.letters).toHaveLength(1);
    expect(deadLetterSchema.parse(till.letters[0])).toMatchObject({
      stage: 'receive',
      code: 'schema',
      eventId: 'tillstream:bad',
      replay: { to: 'webhook', source: 'tillstream' },
    });
    const line = counted(till.logLines[0]);
    expect(line).toMatchObject({ received: 4, published: 2, spilled: 0, deadLetters: 1, duplicates: 1 });
  });

  test('a body in which nothing is good is a problem, after its dead letter', async () => {
    const till = webhookFixture();
    const answer = await till.post(JSON.stringify(wireSale({ tillId: undefined })));
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(parsed(answer.body)).toMatchObject({ code: 'schema', rejected: [{ where: '/tillId' }] });
    expect(till.letters).toHaveLength(1);
  });

  test('an unknown field is named, and what it holds is not kept', async () => {
    const till = webhookFixture();
    const answer = await till.post(JSON.stringify(wireSale({ kunde: 'Erika Mustermann' })));
    expect(parsed(answer.body).rejected[0]).toMatchObject({ where: '/kunde' });
    expect(JSON.stringify([till.letters, till.logLines, answer])).not.toContain('Mustermann');
  });

  test.each([
    [
      'a wrong signature',
      JSON.stringify(wireSale()),
      { secret: `whsec_${'A'.repeat(32)}` },
      401,
      'unauthorized',
    ],
    [
      'an old timestamp',
      JSON.stringify(wireSale()),
      { timestampS: NOW_MS / 1000 - 301 },
      401,
      'unauthorized',
    ],
    [
      'a timestamp ahead',
      JSON.stringify(wireSale()),
      { timestampS: NOW_MS / 1000 + 301 },
      401,
      'unauthorized',
    ],
    [
      'a missing signature',
      JSON.stringify(wireSale()),
      { headers: { 'webhook-signature': '' } },
      401,
      'unauthorized',
    ],
    ['an unknown source', JSON.stringify(wireSale()), { source: 'nobody' }, 404, 'unknown-source'],
    ['a wrong content type', JSON.stringify(wireSale()), { contentType: 'text/plain' }, 415, 'content-type'],
    [
      'a packing that we do not know',
      JSON.stringify(wireSale()),
      { headers: { 'content-encoding': 'br' } },
      415,
      'content-encoding',
    ],
    [
      'a body that is not packed as it says',
      JSON.stringify(wireSale()),
      { headers: { 'content-encoding': 'gzip' } },
      400,
      'bad-encoding',
    ],
    [
      'a packed body that grows over the limit',
      BOMB,
      { headers: { 'content-encoding': 'gzip' } },
      413,
      'body-too-large',
    ],
    ['a body in chunks, which the host loses', '', {}, 411, 'length-required'],
    [
      'a number that no float holds',
      JSON.stringify(wireSale()).replace('"sequenceNumber":1', '"sequenceNumber":1e400'),
      {},
      422,
      'schema',
    ],
    ['a body over the limit', ' '.repeat(4 * 1024 * 1024 + 1), {}, 413, 'body-too-large'],
    ['a body that is not JSON', '{"id": "x', {}, 400, 'bad-json'],
    ['a body that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'bad-encoding'],
    ['a body that is a list', '[]', {}, 422, 'schema'],
    [
      'too many events',
      JSON.stringify({ events: Array.from({ length: 1_001 }, () => ({})) }),
      {},
      413,
      'too-many-events',
    ],
  ] as const)('%s: a clear problem, and nothing published', async (_name, body, options, status, code) => {
    const till = webhookFixture();
    const answer = await till.post(body, options);
    expect(answer.status).toBe(status);
    expect(parsed(answer.body)).toMatchObject({ code, type: `urn:tillstream:problem:${code}` });
    expect(till.hub).toHaveLength(0);
    const { received, deadLetters } = counted(till.logLines[0]);
    expect(received).toBe(deadLetters);
    expect(till.letters).toHaveLength(deadLetters ?? -1);
  });

  test('the response to a wrong signature gives no reason', async () => {
    const till = webhookFixture();
    const answer = await till.post('{}', { secret: `whsec_${'A'.repeat(32)}` });
    expect(JSON.parse(answer.body)).toEqual({
      type: 'urn:tillstream:problem:unauthorized',
      title: 'Unauthorized',
      status: 401,
      code: 'unauthorized',
    });
  });

  test('why a signature was refused stands in the log', async () => {
    const till = webhookFixture();
    await till.post('{}', { timestampS: NOW_MS / 1000 - 301 });
    expect(JSON.parse(till.logLines[0] ?? '')).toMatchObject({
      code: 'signature',
      reason: 'Refused: the timestamp is more than five minutes away',
    });
  });

  test('a misspelled field is reported by the name that was sent', async () => {
    const till = webhookFixture();
    const { totals, ...rest } = wireSale();
    const answer = await till.post(JSON.stringify({ ...rest, totls: totals }));
    expect(parsed(answer.body).rejected[0]).toMatchObject({
      where: '/totls',
      message: 'is not a field of this format (and 1 more fault)',
    });
  });

  test('a body that ends too early is said to', async () => {
    const answer = await webhookFixture().post('{"id": "x",');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: 'bad-json' });
    expect(answer.body).toMatch(/ends too early|breaks at character/);
  });

  test('an event larger than the hub takes becomes a dead letter that can be replayed', async () => {
    const till = webhookFixture();
    const [line] = wireSale()['lines'] as Array<Record<string, unknown>>;
    const lines = Array.from({ length: 2000 }, (_, index) => ({
      ...line,
      lineNumber: index + 1,
      description: 'x'.repeat(200),
      discounts: [{ amountMinor: 0, manual: false, reason: 'r'.repeat(200) }],
    }));
    const answer = await till.post(JSON.stringify({ events: [wireSale(), wireSale({ id: 'huge', lines })] }));
    expect(parsed(answer.body)).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, id: 'huge', code: 'event-too-large' }],
    });
    expect(till.letters[0]).toMatchObject({ code: 'event-too-large', replay: { to: 'hub' } });
  });

  test('unknown stores and products are accepted with a warning', async () => {
    const till = webhookFixture();
    const sale = wireSale({ storeId: 'nowhere', occurredAt: '2026-03-02T23:30:00' });
    (sale['lines'] as Array<Record<string, unknown>>)[0] = {
      ...(sale['lines'] as Array<Record<string, unknown>>)[0],
      productCode: 'no-such-product',
    };
    const answer = await till.post(JSON.stringify(sale));
    expect(answer.status).toBe(200);
    expect(parsed(answer.body).warnings.map(({ code }) => code)).toEqual([
      'unknown-store',
      'zone-assumed',
      'business-date-assumed',
      'unknown-product',
    ]);
    expect(till.events()[0]).toMatchObject({ storeId: 'nowhere', occurredAt: '2026-03-02T23:30:00.000Z' });
  });

  test('what does not add up is accepted with a warning', async () => {
    const till = webhookFixture();
    const sale = wireSale({ currency: 'USD', tenders: [{ type: 'cash', amountMinor: 100 }] });
    const answer = await till.post(JSON.stringify(sale));
    expect(parsed(answer.body)).toMatchObject({
      accepted: 1,
      warnings: [
        { id: 'T1-0001', code: 'currency-mismatch' },
        { id: 'T1-0001', code: 'under-payment' },
      ],
    });
  });

  test('a time without a zone is the wall time of the store, and the cut-over decides the date', async () => {
    const till = webhookFixture();
    await till.post(JSON.stringify(wireSale({ storeId: 'B1', occurredAt: '2026-07-02T03:30:00' })));
    expect(till.events()[0]).toMatchObject({
      storeId: 'berlin-1',
      occurredAt: '2026-07-02T01:30:00.000Z',
      businessDate: '2026-07-01',
    });
  });

  test('customers and gift cards become pseudonyms', async () => {
    const till = webhookFixture();
    const tenders = [{ type: 'giftCard', amountMinor: 119, giftCardNumber: '6011000990139424' }];
    await till.post(JSON.stringify(wireSale({ customerId: 'C-4711', tenders })));
    await till.post(JSON.stringify(wireSale({ id: 'other', customerId: 'C-4711', tenders })));
    const [one, other] = till.events();
    expect(one).toMatchObject({ customerRef: expect.stringMatching(/^[\w-]{22}$/) as string });
    expect(JSON.stringify(one)).not.toMatch(/4711|0990139424/);
    expect(other).toMatchObject({ customerRef: (one as { customerRef?: string }).customerRef });
  });

  test('a sender above the rate limit gets a Retry-After', async () => {
    const till = webhookFixture({ ratePerSecond: 1 });
    await till.post(JSON.stringify(wireSale()));
    const answer = await till.post(JSON.stringify(wireSale()));
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    till.clock.nowMs += 1_000;
    expect(await till.post(JSON.stringify(wireSale()))).toMatchObject({ status: 200 });
  });

  test('both secrets of a rotation are accepted', async () => {
    const older = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const newer = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    const till = webhookFixture({ secrets: { 'webhook-tillstream': [newer, older] } });
    for (const secret of [older, newer]) {
      expect(await till.post(JSON.stringify(wireSale()), { secret })).toMatchObject({ status: 200 });
    }
  });
});

describe('durability of an answer', () => {
  test('P1 acknowledged means durable: the hub is down: the events are in the spill queue before the 2xx', async () => {
    const till = webhookFixture();
    till.faults.hub = new TransientError('hub-unavailable', 'down');
    const answer = await till.post(JSON.stringify(wireSale()));
    expect(answer.status).toBe(200);
    expect(till.spilled.map(({ eventId }) => eventId)).toEqual(['tillstream:T1-0001']);
    expect(counted(till.logLines[0])).toMatchObject({ received: 1, published: 0, spilled: 1 });
  });

  test('P1 acknowledged means durable: hub and spill queue are down: 503 with Retry-After, never a 2xx', async () => {
    const till = webhookFixture();
    till.faults.hub = new TransientError('hub-unavailable', 'down');
    till.faults.spill = new TransientError('azure-unavailable', 'down');
    const answer = await till.post(JSON.stringify(wireSale()));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('P1 acknowledged means durable: if the dead letter cannot be written, the response is 503 and the sender keeps the event', async () => {
    const till = webhookFixture();
    till.faults.letters = new TransientError('azure-unavailable', 'down');
    expect(await till.post(JSON.stringify(wireSale({ currency: 'nope' })))).toMatchObject({ status: 503 });
    const mixed = JSON.stringify({ events: [wireSale(), wireSale({ id: 'x', currency: 'nope' })] });
    expect(await till.post(mixed)).toMatchObject({ status: 503 });
    expect(await till.post('{')).toMatchObject({ status: 503 });
  });
});
