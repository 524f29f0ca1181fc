import fc from 'fast-check';
import StripeClient from 'stripe';
import { signStripeWebhook, verifyStripeWebhook } from '../../shared/pos/sources/stripe/signature.ts';

const body = fc.oneof(
  fc.json({ maxDepth: 3 }).map((text) => `{"id":"evt_1","object":"event","data":${text}}`),
  fc
    .string({ unit: 'grapheme' })
    .map((text) => JSON.stringify({ id: 'evt_1', object: 'event', data: { object: { note: text } } })),
);
const secret = fc
  .string({ unit: fc.constantFrom('a', 'b', 'X', 'Y', 'Z', '0', '9'), minLength: 8 })
  .map((text) => `whsec_${text}`);
/** Within a century, in whole seconds. */
const second = fc.integer({ min: 1_600_000_000, max: 4_700_000_000 });

const theirs = (payload: string, header: string, key: string, atS: number): void => {
  const { webhooks } = new StripeClient('sk_test_of_the_tests');
  webhooks.constructEvent(payload, header, key, 300, undefined, atS * 1_000);
};
const ours = (payload: string, header: string, secrets: readonly string[], nowS: number): void =>
  verifyStripeWebhook({
    header: (name) => (name === 'stripe-signature' ? header : undefined),
    body: Buffer.from(payload),
    secrets,
    notificationUrl: '',
    nowMs: nowS * 1_000,
  });

describe("Stripe's signature, against Stripe's own SDK", () => {
  test('each accepts what the other signs, over any body, and no other body', () => {
    fc.assert(
      fc.property(body, secret, second, fc.integer({ min: 0, max: 300 }), (payload, key, atS, lateS) => {
        const { webhooks } = new StripeClient('sk_test_of_the_tests');
        const header = webhooks.generateTestHeaderString({ payload, secret: key, timestamp: atS });
        expect(() => ours(payload, header, ['whsec_other', key], atS + lateS)).not.toThrow();
        const own = `t=${atS},v1=${signStripeWebhook(key, atS, Buffer.from(payload))}`;
        expect(() => theirs(payload, own, key, atS + lateS)).not.toThrow();
        for (const changed of [`${payload} `, payload.replace('evt_1', 'evt_2')]) {
          expect(() => ours(changed, header, [key], atS)).toThrow('Refused');
          expect(() => theirs(changed, own, key, atS)).toThrow('signature');
        }
      }),
    );
  });

  test('both refuse what is older than five minutes', () => {
    fc.assert(
      fc.property(body, secret, second, fc.integer({ min: 302, max: 90_000 }), (payload, key, atS, lateS) => {
        const own = `t=${atS},v1=${signStripeWebhook(key, atS, Buffer.from(payload))}`;
        expect(() => ours(payload, own, [key], atS + lateS)).toThrow('Refused');
        expect(() => theirs(payload, own, key, atS + lateS)).toThrow('tolerance');
      }),
    );
  });
});
