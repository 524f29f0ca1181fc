import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openApiAnswer } from '../../../functions/webhooks/openapi.ts';
import { parsePosEvent } from '../../../shared/pos/parse-event.ts';
import { MEMORY_MS } from '../../../shared/one-effect/seen-ids.ts';
import { SOURCES } from '../../../shared/pos/sources/registry.ts';
import { cornerShopSource } from '../../fixtures/corner-shop/source.ts';
import { describeSource } from '../../support/source-template.ts';
import { webhookFixture } from '../../support/webhook-fixture.ts';

test.each(SOURCES.map(({ source }) => source))(
  '%s passes the template: it has a test that calls it',
  (name) => {
    expect(existsSync(join(__dirname, `${name}.test.ts`))).toBe(true);
  },
);

test('names are told apart, and no source repeats itself for longer than the stream remembers', () => {
  expect(new Set(SOURCES.map(({ source }) => source)).size).toBe(SOURCES.length);
  for (const { retryWindowMs } of SOURCES) expect(retryWindowMs).toBeLessThanOrEqual(MEMORY_MS);
});

const sale = (id: string, text: string, more: object = {}): string =>
  JSON.stringify({
    receipt: id,
    shop: 'berlin-1',
    at: '2026-03-02T12:00:00Z',
    note: text,
    cents: 119,
    ...more,
  });

/** A source that is its folder and one line in a list: nothing else in the product knows of it. */
describeSource(cornerShopSource, {
  secrets: ['newer', 'older'],
  wrongSecret: 'another',
  body: sale,
  withUnknownField: (text) => sale('one', 'milk', { text }),
  signsBody: true,
});

test('a source that is only its folder and a line goes the whole way: webhook, hub, stream, description, replay', async () => {
  const till = webhookFixture({
    secrets: { 'webhook-corner-shop': ['newer'] },
    sourceNamed: (name) => [...SOURCES, cornerShopSource].find(({ source }) => source === name),
  });
  const body = Buffer.from(sale('R1', 'milk'));
  const notificationUrl = 'https://till.example/webhooks/corner-shop';
  // As a replay would: signed its own way.
  const headers = cornerShopSource.sign({ body, secret: 'newer', notificationUrl, nowMs: till.clock.nowMs });
  expect(await till.post(body, { source: 'corner-shop', unsigned: true, headers })).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: 'OK',
  });
  const event = parsePosEvent(till.hub[0]?.body.toString('utf8') ?? '');
  expect(event).toMatchObject({ eventId: 'corner-shop:R1', source: 'corner-shop', storeId: 'berlin-1' });
  const { body: document } = openApiAnswer('https://till.example', [...SOURCES, cornerShopSource]);
  expect(JSON.parse(document)).toMatchObject({
    paths: { '/webhooks/corner-shop': { post: { security: [{ cornerShop: [] }] } } },
    components: { securitySchemes: { cornerShop: { name: 'x-corner-shop' } } },
  });
});

test('a handshake is answered before any signature, leads to nothing, and its code is in the log', async () => {
  const till = webhookFixture({ sourceNamed: () => cornerShopSource });
  const body = JSON.stringify({ verify: 'code-123' });
  const answer = await till.post(body, { source: 'corner-shop', unsigned: true });
  expect(answer).toMatchObject({ status: 200, body: 'code-123' });
  expect([...till.hub, ...till.letters]).toEqual([]);
  expect(JSON.parse(till.logLines[0] ?? '')).toMatchObject({
    level: 'warn',
    note: 'verification code code-123',
  });
});
