import '@shopify/shopify-api/adapters/node';
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import fc from 'fast-check';
import {
  SHOPIFY_SIGNATURE_HEADER,
  signShopifyWebhook,
  verifyShopifyWebhook,
} from '../../shared/pos/sources/shopify/signature.ts';

const body = fc.oneof(fc.json(), fc.string({ unit: 'grapheme', minLength: 1 }));
const secret = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 })
  .filter((text) => text.trim() === text);

async function theirs(rawBody: string, key: string, signature: string): Promise<boolean> {
  const shopify = shopifyApi({
    apiKey: 'key of the app',
    apiSecretKey: key,
    apiVersion: ApiVersion.April26,
    hostName: 'till.example',
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error },
  });
  const headers = {
    'x-shopify-topic': 'orders/updated',
    'x-shopify-shop-domain': 'acme.myshopify.com',
    'x-shopify-api-version': '2026-04',
    'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'x-shopify-hmac-sha256': signature,
  };
  const rawRequest = { method: 'POST', url: '/webhooks/shopify', headers };
  return (await shopify.webhooks.validate({ rawBody, rawRequest })).valid;
}

test("Shopify's own SDK accepts what we sign over any body and no other, and we accept what it accepts", async () => {
  await fc.assert(
    fc.asyncProperty(body, secret, async (rawBody, key) => {
      const signature = signShopifyWebhook(key, Buffer.from(rawBody));
      expect(await theirs(rawBody, key, signature)).toBe(true);
      expect(await theirs(`${rawBody} `, key, signature)).toBe(false);
      const ours = {
        header: (name: string) => (name === SHOPIFY_SIGNATURE_HEADER ? signature : undefined),
        body: Buffer.from(rawBody),
        secrets: ['another', key],
        notificationUrl: '',
        nowMs: 0,
      };
      expect(() => verifyShopifyWebhook(ours)).not.toThrow();
      expect(() => verifyShopifyWebhook({ ...ours, body: Buffer.from(`${rawBody} `) })).toThrow('Refused');
    }),
  );
});
