import fc from 'fast-check';
import { WebhooksHelper } from 'square';
import { signSquareWebhook, verifySquareWebhook } from '../../shared/pos/sources/square/signature.ts';

describe("Square's signature, against Square's own SDK", () => {
  test('the SDK accepts what we sign, and we accept what it accepts, over any body', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string({ unit: 'grapheme', minLength: 1 })),
        fc.string({ minLength: 1 }),
        fc.webUrl(),
        async (requestBody, signatureKey, notificationUrl) => {
          const signatureHeader = signSquareWebhook(signatureKey, notificationUrl, requestBody);
          const theirs = { requestBody, signatureKey, notificationUrl, signatureHeader };
          expect(await WebhooksHelper.verifySignature(theirs)).toBe(true);
          const ours = {
            header: () => signatureHeader,
            body: Buffer.from(requestBody),
            secrets: ['another', signatureKey],
            notificationUrl,
            nowMs: 0,
          };
          expect(() => verifySquareWebhook(ours)).not.toThrow();
          expect(() => verifySquareWebhook({ ...ours, body: Buffer.from(`${requestBody} `) })).toThrow(
            'Refused',
          );
        },
      ),
    );
  });
});
