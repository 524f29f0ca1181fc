import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signStandardWebhook, verifyStandardWebhook } from '../../shared/standard-webhooks.ts';

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`;
const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(secretOf);
const body = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));
const id = fc.stringMatching(/^[A-Za-z0-9_]{1,40}$/);

function verifyWith(
  secrets: string[],
  headers: Record<string, string>,
  text: string | Buffer,
  nowMs: number,
) {
  return verifyStandardWebhook({
    header: (name) => headers[name],
    body: Buffer.from(text),
    secrets,
    nowMs,
  });
}

describe('Standard Webhooks, against the reference library', () => {
  test('the published vector', () => {
    const signature = signStandardWebhook({
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampS: 1614265330,
      body: '{"test": 2432232314}',
    });
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('what the library signs, we accept, and the other way round', () => {
    fc.assert(
      fc.property(secret, id, body, (key, messageId, text) => {
        const nowMs = Date.now();
        const timestampS = Math.floor(nowMs / 1000);
        const library = new Webhook(key);
        const theirs = library.sign(messageId, new Date(timestampS * 1000), text);
        const ours = signStandardWebhook({ secret: key, id: messageId, timestampS, body: text });
        expect(ours).toBe(theirs);
        const headers = {
          'webhook-id': messageId,
          'webhook-timestamp': String(timestampS),
          'webhook-signature': `v1,AAAA v1a,AAAA ${theirs}`,
        };
        expect(verifyWith([secretOf(Buffer.alloc(24)), key], headers, text, nowMs)).toBe(messageId);
        if (text !== '') expect(() => library.verify(text, headers)).not.toThrow(/signature/i);
      }),
    );
  });

  test('a changed body, id, time, or another secret is refused', () => {
    fc.assert(
      fc.property(secret, id, fc.string({ minLength: 1 }), fc.nat(), (key, messageId, text, at) => {
        const headers = {
          'webhook-id': messageId,
          'webhook-timestamp': '1614265330',
          'webhook-signature': signStandardWebhook({
            secret: key,
            id: messageId,
            timestampS: 1614265330,
            body: text,
          }),
        };
        const nowMs = 1614265330_000;
        const bytes = Buffer.from(text);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
        expect(() => verifyWith([key], headers, bytes, nowMs)).toThrow('Refused');
        expect(() => verifyWith([key], { ...headers, 'webhook-id': `${messageId}x` }, text, nowMs)).toThrow(
          'Refused',
        );
        expect(() =>
          verifyWith([key], { ...headers, 'webhook-timestamp': '1614265331' }, text, nowMs),
        ).toThrow('Refused');
        expect(() => verifyWith([secretOf(Buffer.alloc(24, 1))], headers, text, nowMs)).toThrow('Refused');
      }),
    );
  });

  test('the time may be five minutes away, both ways, and no more', () => {
    const key = secretOf(Buffer.alloc(32, 3));
    const headers = {
      'webhook-id': 'm',
      'webhook-timestamp': '1000000',
      'webhook-signature': signStandardWebhook({ secret: key, id: 'm', timestampS: 1_000_000, body: 'b' }),
    };
    for (const offsetS of [-300, 0, 300]) {
      expect(verifyWith([key], headers, 'b', (1_000_000 + offsetS) * 1000)).toBe('m');
    }
    for (const offsetS of [-301, 301]) {
      expect(() => verifyWith([key], headers, 'b', (1_000_000 + offsetS) * 1000)).toThrow('five minutes');
    }
  });

  test('v1a: ed25519 keys', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const signature = signStandardWebhook({
      secret: `whsk_${seed.toString('base64')}`,
      id: 'm',
      timestampS: 1_000_000,
      body: 'b',
    });
    expect(signature).toMatch(/^v1a,/);
    const headers = { 'webhook-id': 'm', 'webhook-timestamp': '1000000', 'webhook-signature': signature };
    const publicSecret = `whpk_${raw.toString('base64')}`;
    expect(verifyWith([publicSecret], headers, 'b', 1_000_000_000)).toBe('m');
    expect(() => verifyWith([publicSecret], headers, 'c', 1_000_000_000)).toThrow('Refused');
    // A public key is no shared secret: signing with it must not be accepted as v1.
    const forged = signStandardWebhook({
      secret: `whsec_${raw.toString('base64')}`,
      id: 'm',
      timestampS: 1_000_000,
      body: 'b',
    });
    expect(() =>
      verifyWith([publicSecret], { ...headers, 'webhook-signature': forged }, 'b', 1_000_000_000),
    ).toThrow('Refused');
  });
});
