import { generateKeyPairSync } from 'node:crypto';
import { tillstreamSource } from '../../../shared/pos/sources/tillstream/source.ts';
import { signStandardWebhook } from '../../../shared/standard-webhooks.ts';
import { describeSource } from '../../support/source-template.ts';
import { NOW_MS, webhookFixture, wireSale } from '../../support/webhook-fixture.ts';

const secret = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;

describeSource(tillstreamSource, {
  secrets: [secret(1), secret(2)],
  wrongSecret: secret(3),
  body: (id, text) => JSON.stringify(wireSale({ id, receiptNumber: text })),
  withUnknownField: (text) => JSON.stringify({ ...wireSale(), loyalty: { text } }),
  signsBody: true,
  replayWindowMs: 300_000,
});

describe('ed25519 for the own format', () => {
  const pair = () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    return { private: `whsk_${seed.toString('base64')}`, public: `whpk_${raw.toString('base64')}` };
  };
  const sale = JSON.stringify(wireSale());
  const one = pair();
  const other = pair();

  test('the operator holds the public half alone; both halves of a rotation fit, also beside an HMAC secret', async () => {
    const till = webhookFixture({ secrets: { 'webhook-tillstream': [other.public, one.public] } });
    for (const { private: key } of [one, other])
      expect(await till.post(sale, { secret: key })).toMatchObject({ status: 200 });
    expect(await till.post(sale, { secret: pair().private })).toMatchObject({ status: 401 });
    const mixed = webhookFixture({ secrets: { 'webhook-tillstream': [secret(1), one.public] } });
    expect(await mixed.post(sale, { secret: one.private })).toMatchObject({ status: 200 });
    expect(await mixed.post(sale, { secret: secret(1) })).toMatchObject({ status: 200 });
  });

  test('a public key is no HMAC secret: who knows it can sign nothing', async () => {
    const till = webhookFixture({ secrets: { 'webhook-tillstream': [one.public] } });
    const forged = signStandardWebhook({
      secret: `whsec_${one.public.slice('whpk_'.length)}`,
      id: 'msg_1',
      timestampS: NOW_MS / 1000,
      body: sale,
    });
    expect(await till.post(sale, { headers: { 'webhook-signature': forged } })).toMatchObject({
      status: 401,
    });
  });

  test('a replay that knows no private key says what to do', () => {
    const body = Buffer.from(sale);
    const notificationUrl = 'https://till.example';
    expect(() => tillstreamSource.sign({ body, secret: one.public, notificationUrl, nowMs: 0 })).toThrow(
      expect.objectContaining({ code: 'cannot-sign' }) as Error,
    );
  });

  test.each([
    'v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_short',
    'whsec_not base64 at all, but long enough',
  ])(
    'a secret that is not in the form of the scheme says so (%s), and keeps out nobody who signs with the other',
    async (bad) => {
      const till = webhookFixture({ secrets: { 'webhook-tillstream': [bad, secret(1)] } });
      expect(await till.post(sale, { secret: secret(1) })).toMatchObject({ status: 200 });
      expect(await till.post(sale, { secret: secret(2) })).toMatchObject({ status: 503 });
      expect(till.logLines.at(-1)).toMatch(/bad-secret/);
    },
  );
});
