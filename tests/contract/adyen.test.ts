import { hmacValidator } from '@adyen/api-library';
import fc from 'fast-check';
import {
  signAdyenItem,
  signedAdyenRecords,
  verifyAdyenWebhook,
} from '../../shared/pos/sources/adyen/signature.ts';
import { adyenSource } from '../../shared/pos/sources/adyen/source.ts';

const theirs = new hmacValidator();
const key = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', ':', 'a:b', 'http://x/y'));
const item = fc.record(
  {
    pspReference: fc.string({ minLength: 1 }),
    originalReference: text,
    merchantAccountCode: text,
    merchantReference: text,
    amount: fc.record({ value: fc.integer(), currency: fc.constantFrom('EUR', 'ISK', 'CLP') }),
    eventCode: fc.constantFrom('AUTHORISATION', 'REFUND', 'CAPTURE'),
    success: fc.constantFrom('true', 'false'),
    reason: text,
  },
  { requiredKeys: ['pspReference', 'amount', 'eventCode', 'success'] },
);
const request = (
  body: string,
  secrets: string[],
  header: (name: string) => string | undefined = () => undefined,
) => ({
  header,
  body: Buffer.from(body),
  secrets,
  notificationUrl: '',
  nowMs: 0,
});

describe("Adyen's signatures, against Adyen's own SDK", () => {
  test('of an item: we accept what the SDK signs, the SDK accepts what we sign', () => {
    fc.assert(
      fc.property(item, key, key, (one, secret, another) => {
        const hmacSignature = theirs.calculateHmac(one as never, secret);
        expect(signAdyenItem(secret, one)).toBe(hmacSignature);
        const withSignature = { ...one, additionalData: { hmacSignature } };
        expect(theirs.validateHMAC(withSignature as never, secret)).toBe(true);
        const body = JSON.stringify({
          live: 'true',
          notificationItems: [{ NotificationRequestItem: withSignature }],
        });
        const ours = request(body, [another, secret]);
        expect(() => verifyAdyenWebhook(ours)).not.toThrow();
        expect(signedAdyenRecords(ours)(0)).toBe(true);
        expect(() => verifyAdyenWebhook(request(body, [another]))).toThrow('Refused');
      }),
    );
  });

  test('of a body: the same, in its header', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), text), key, (body, secret) => {
        const headers = adyenSource.sign({ body: Buffer.from(body), secret, notificationUrl: '', nowMs: 0 });
        const signature = headers['hmacsignature'] ?? '';
        expect(theirs.validateHMACSignature(secret, signature, body)).toBe(true);
        const header = (name: string) => headers[name];
        expect(() => verifyAdyenWebhook(request(body, [secret], header))).not.toThrow();
        expect(() => verifyAdyenWebhook(request(`${body} `, [secret], header))).toThrow('Refused');
      }),
    );
  });
});
